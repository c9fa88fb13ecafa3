// What offers to take a step back: the bar where a block was deleted, and the words of the button among the tools.
import type { IssueEditor } from "./editor";
import { button, make, say } from "./words";

/** Stays until somebody makes another step, however long that takes: it undoes the latest. */
export function showUndoBar(
  editor: IssueEditor,
  behind: HTMLElement | null,
  undoIt: () => void,
): void {
  const undo = button(say("undo"), undoIt);
  const row = make("div", { class: "row" }, make("p", {}, say("deleted")), undo);
  const bar = make(
    "li",
    { class: "undo-bar" },
    make("div", { class: "notice notice-info" }, make("span"), row),
  );
  // Where the block was: before the one behind it, or at the end.
  if (behind?.isConnected) behind.before(bar);
  else editor.list.append(bar);
  const title = (bar.nextElementSibling ?? bar.previousElementSibling)?.querySelector<HTMLElement>(
    "[data-open]",
  );
  (title ?? undo).focus();
  editor.say(say("deleted"));
}

export function dropUndoBars(editor: HTMLElement): void {
  for (const bar of editor.querySelectorAll(".undo-bar")) bar.remove();
}

/** Let the button name the step that was just made; false when there is no such button, or one to redo. */
export function nameUndo(editor: IssueEditor, undo: [number, string] | null | undefined): boolean {
  const tools = editor.find("#composer-tools");
  const form = tools.querySelector("form[data-act=undo]");
  const [field, words] = [form?.querySelector("input"), form?.querySelector("button span")];
  if (!undo || !field || !words || tools.querySelector("[data-act=redo]")) return false;
  field.value = String(undo[0]);
  words.textContent = undo[1];
  return true;
}
