// Several pictures brought at once: in a block with rows each gets one of its own, elsewhere the first is taken.
import type { BlockForm } from "./block-form";
import type { IssueEditor } from "./editor";
import type { TakePicture } from "./take-picture";

const ROW = "fieldset.part:not([id])";
const FILLED = "textarea, [type=text], [type=url], [type=email], [type=radio]:checked";

/** Take the pictures that are brought to `target`, for which `taker` is the nearest; what has no place is told by name. */
export async function takePictures(
  taker: TakePicture,
  target: EventTarget | null,
  files: File[],
): Promise<void> {
  const pictures = files.filter((file) => file.type.startsWith("image/"));
  const brought = pictures.length ? pictures : files.slice(0, 1); // which is refused in words
  const row = taker.closest(ROW);
  const editor = taker.closest<IssueEditor>("issue-editor"); // the page of one block would be left for more rows
  const form = row && editor?.forms.of(row.closest("li") as HTMLElement);
  const isMeant = !form || brought.length < 2 || row.contains(target as Node | null);
  const wanted = brought.length - (isMeant ? 1 : 0);
  const places = form && wanted ? await makeRoom(form, taker.id, wanted) : [];
  // More rows come with the groups around them.
  if (isMeant || !places.length) places.unshift(document.getElementById(taker.id) as TakePicture);
  for (const [index, file] of brought.entries()) places[index]?.take(file);
  const left = files.filter((file) => !brought.slice(0, places.length).includes(file));
  if (left.length) places[0]?.tellLeft(left.map(({ name }) => name));
  places[0]?.goOn();
}

/** Return where as many pictures go: rows in which nothing stands, made when there are too few. */
async function makeRoom(form: BlockForm, id: string, wanted: number): Promise<TakePicture[]> {
  let free = findFree(id);
  for (let before = -1; free.length < wanted && before < free.length; free = findFree(id)) {
    before = free.length;
    if (!(await form.addRows())) break;
  }
  return free.slice(0, wanted);
}

function findFree(id: string): TakePicture[] {
  const row = document.getElementById(id)?.closest(ROW);
  const rows = [...(row?.parentElement?.querySelectorAll(`:scope > ${ROW}`) ?? [])];
  const free = rows.filter((one) => one !== row && isEmpty(one));
  return free.flatMap((one) => [...one.querySelectorAll<TakePicture>("take-picture")].slice(0, 1));
}

function isEmpty(row: Element): boolean {
  const fields = row.querySelectorAll<HTMLInputElement>(FILLED);
  return !row.querySelector(".is-busy") && [...fields].every((field) => !field.value.trim());
}
