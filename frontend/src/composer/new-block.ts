// A new block: its kind is chosen in the dialog, its form stands in its place, and it is stored once it is valid.
import { chooseKind } from "./add-dialog";
import { firstField } from "./block-form";
import type { IssueEditor } from "./editor";
import type { Fields } from "./local-copy";
import { SignedOutError } from "./pages";
import { button, make, say } from "./words";

let made = 0; // so that the ids in two new forms differ

export function chooseAndAdd(editor: IssueEditor, after: string): true {
  void chooseKind(`${editor.scope}/add?after=${encodeURIComponent(after)}`)
    .then((address) => (address ? addBlock(editor, address, after) : undefined))
    .catch((error) => editor.showState(error instanceof SignedOutError ? "signedOut" : "offline"));
  return true;
}

/** Open the form of a new block behind another one, or first; `fields` are put into it. */
export async function addBlock(
  editor: IssueEditor,
  address: string,
  after: string,
  fields?: Fields,
): Promise<void> {
  made += 1;
  const head = make("div", { class: "block-head" });
  const body = make("div", { class: "block-body" });
  const item = make("li", { class: "block-new", tabindex: "-1" }, head, body);
  const before = editor.list.querySelector(`:scope > [data-block="${CSS.escape(after)}"]`);
  if (before) before.after(item);
  else editor.list.prepend(item);
  await editor.loadForm(item, address, `new-${made}-`);
  const open = editor.formOf(item);
  if (!open) {
    item.remove();
    return;
  }
  const close = button(say("close"), () => editor.close(item, true));
  head.append(make("strong", {}, open.title), close);
  editor.showSide("write");
  item.scrollIntoView({ block: "nearest" });
  (firstField(item) ?? item).focus();
  if (fields) await open.fill(fields);
  else open.saver.note(); // what needs no words, such as a line, is there at once
  editor.say(say("added"));
}
