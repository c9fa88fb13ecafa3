// A new block: its kind is chosen in the dialog, its form stands in its place, and it is stored once it is valid.
import { chooseKind } from "./add-dialog";
import { firstField } from "./block-form";
import type { IssueEditor } from "./editor";
import { tellError } from "./failures";
import { scrollToBlock } from "./list";
import type { Fields } from "./local-copy";
import { button, make, say } from "./words";

let made = 0; // so that the ids in two new forms differ

export function chooseAndAdd(editor: IssueEditor, after: string): true {
  void chooseKind(`${editor.scope}/add?after=${encodeURIComponent(after)}`)
    .then((address) => (address ? addBlock(editor, address, after) : false))
    .catch((error) => editor.tell(tellError(error)));
  return true;
}

/** Open the form of a new block behind another one, or first; `fields` are put into it. */
export async function addBlock(
  editor: IssueEditor,
  address: string,
  after: string,
  fields?: Fields,
): Promise<boolean> {
  made += 1;
  const head = make("div", { class: "block-head" });
  const body = make("div", { class: "block-body" });
  const item = make("li", { class: "block-new", tabindex: "-1" }, head, body);
  const before = editor.list.querySelector(`:scope > [data-block="${CSS.escape(after)}"]`);
  if (before) before.after(item);
  else editor.list.prepend(item);
  await editor.forms.load(item, address, `new-${made}-`);
  const open = editor.forms.of(item);
  if (!open) {
    item.remove();
    return false;
  }
  const close = button(say("close"), () => editor.forms.close(item, true));
  head.append(make("strong", {}, open.title), close);
  editor.showSide("write");
  scrollToBlock(item);
  (firstField(item) ?? item).focus();
  if (fields) await open.fill(fields);
  else open.note(); // what needs no words, such as a line, is there at once
  editor.say(say("added"));
  return true;
}

/** Open the forms of several new blocks, above all that is there. */
export async function addAll(editor: IssueEditor, kinds: string[]): Promise<void> {
  for (const kind of kinds.reverse()) await addBlock(editor, `${editor.scope}/add/${kind}`, "");
}

/** Make a new block of what was written in one that is gone; tells whether its form is there. */
export function addAgain(editor: IssueEditor, fields: Fields, after: string): Promise<boolean> {
  const kind = fields.find(([name]) => name === "kind")?.[1];
  const written = fields.filter(([name]) => !/^(id|after|kind|revision)$/.test(name));
  const address = `${editor.scope}/add/${kind}?after=${encodeURIComponent(after)}`;
  return addBlock(editor, address, after, written);
}

/** Put what is written in a block that is gone into a new one, in its place. */
export async function addInPlace(editor: IssueEditor, item: HTMLElement): Promise<void> {
  const fields = editor.forms.of(item)?.saver.fields() ?? [];
  const items = [...editor.list.querySelectorAll<HTMLElement>(":scope > [data-block]")];
  const before = items[items.indexOf(item) - 1]?.dataset.block;
  if (await addAgain(editor, fields, before ?? "")) editor.forms.drop(item);
}
