// Clicks in the composer: titles open and close blocks, the rest of the page's links and tabs follow.
import type { IssueEditor } from "./editor";
import { addAll, chooseAndAdd } from "./new-block";
import { say } from "./words";

export function click(editor: IssueEditor, event: MouseEvent): void {
  const target = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const opener = target.closest<HTMLElement>("[data-open]");
  const adder = target.closest<HTMLElement>("[data-add]");
  const starter = target.closest<HTMLElement>("[data-add-all]");
  const side = target.closest<HTMLElement>("button[data-side]");
  const leaver = target.closest<HTMLAnchorElement>("#composer-tools a[href]");
  closeMenus(editor, target);
  const skip = target.closest<HTMLAnchorElement>("a.skip-link");
  if (skip) editor.showSide(skip.hash === "#preview-title" ? "look" : "write");
  if (opener || adder) event.preventDefault();
  if (opener) {
    const item = opener.closest<HTMLElement>("li") as HTMLElement;
    if (editor.forms.of(item)) editor.forms.close(item, true);
    else editor.forms.open(item.dataset.block ?? "");
  }
  if (adder) chooseAndAdd(editor, placeOf(editor, adder));
  if (starter) void addAll(editor, starter.dataset.addAll?.split(" ") ?? []);
  if (side) editor.showSide(side.dataset.side ?? "write");
  if (target.closest("[data-help]")) editor.find<HTMLDialogElement>(".help-dialog").showModal();
  if (leaver && !editor.isSaved) leave(editor, event, leaver.href);
}

/** A menu closes when something in it was pressed, or anything outside. */
function closeMenus(editor: IssueEditor, target: Element): void {
  const pressed = target.closest(".block-menu-items :is(a, button)");
  for (const menu of editor.querySelectorAll(".block-menu[open]"))
    if (pressed || !menu.contains(target)) menu.removeAttribute("open");
}

/** Return the block to add behind. The link under the blocks means the last one there is now, also while it is stored. */
function placeOf(editor: IssueEditor, adder: HTMLElement): string {
  if (adder !== editor.find("#block-end [data-add]")) return adder.dataset.add ?? "";
  const blocks = [...editor.list.querySelectorAll<HTMLElement>(":scope > [data-block]")];
  return blocks.at(-1)?.dataset.block ?? "";
}

/** Go to another page when everything is saved. */
function leave(editor: IssueEditor, event: MouseEvent, address: string): void {
  event.preventDefault();
  void editor.flush().then(() => {
    if (editor.isSaved) window.location.assign(address);
    else editor.say(say("unsent"));
  });
}
