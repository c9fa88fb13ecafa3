// Pictures that are dropped or pasted find the <take-picture> they are for.
import { takePictures } from "./many-pictures";
import type { TakePicture } from "./take-picture";

/** The nearest one: of the row that is written in, else of the form. */
function findTaker(target: EventTarget | null): TakePicture | null {
  let around = target instanceof Element ? target.closest("fieldset, form") : null;
  let found: TakePicture | null = null;
  while (around && !found) {
    found = around.querySelector<TakePicture>("take-picture");
    around = around.parentElement?.closest("fieldset, form") ?? null;
  }
  return found;
}

let lit: TakePicture | null = null;

function light(taker: TakePicture | null): void {
  lit?.classList.remove("is-over");
  taker?.classList.add("is-over");
  lit = taker;
}

/** A file that is dropped where nothing takes it would open instead of the page. */
export function catchDrops(page: Document): void {
  for (const name of ["dragover", "drop", "dragleave"] as const) {
    page.addEventListener(name, (event) => {
      const { dataTransfer, relatedTarget, target, type } = event;
      if (!dataTransfer?.types.includes("Files")) return;
      if (type === "dragleave") {
        if (!relatedTarget) light(null);
        return;
      }
      event.preventDefault();
      const taker = findTaker(target);
      if (type === "drop") {
        light(null);
        if (taker) void takePictures(taker, target, [...dataTransfer.files]);
      } else {
        light(taker);
        if (!taker) dataTransfer.dropEffect = "none";
      }
    });
  }
}

/** A picture of the clipboard goes where the writing is; text that comes with it goes first. */
export function catchPaste(event: ClipboardEvent): void {
  const target = event.target as Element;
  const data = event.clipboardData;
  const files = [...(data?.files ?? [])];
  const isPicture = files.some((one) => one.type.startsWith("image/"));
  const isText = target.matches(":read-write") && data?.types.includes("text/plain");
  if (!isPicture || isText || target.closest(".rich-input")) return;
  const taker = findTaker(target) ?? findTaker(document.activeElement);
  if (!taker) return;
  event.preventDefault();
  void takePictures(taker, target, files);
}
