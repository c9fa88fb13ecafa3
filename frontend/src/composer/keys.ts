// Keyboard of the composer. No single letters (WCAG 2.1.4); arrows move blocks on their headers only.
import type { IssueEditor } from "./editor";
import { storedAt } from "./list";
import { chooseAndAdd } from "./new-block";

export function pressKey(editor: IssueEditor, event: KeyboardEvent): void {
  const target = event.target as Element;
  if (target.closest("dialog")) return;
  const item = target.closest<HTMLElement>("#block-list > li"); // also the form of a new block
  const head = target.closest("[data-block] > .block-head, [data-block]:focus");
  const isField = target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && closeMenu(target)) event.preventDefault();
  else if (pressAnywhere(editor, event, item, !!isField)) event.preventDefault();
  else if (item && head && !isField && pressOnHead(editor, event, item)) event.preventDefault();
}

function pressAnywhere(
  editor: IssueEditor,
  event: KeyboardEvent,
  item: HTMLElement | null,
  isField: boolean,
): boolean {
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (key === "f6") return nextRegion(editor, event.shiftKey);
  if (key === "escape" && item?.querySelector(".block-body form"))
    return editor.forms.close(item, true);
  if (!ctrl) return false;
  if (key === "s") return editor.saveNow();
  if (key === "z" && !isField) return editor.act(event.shiftKey ? "redo" : "undo", null);
  if (event.shiftKey && key === "p") return editor.preview.nextMode();
  if (event.shiftKey && key === "a") return chooseAndAdd(editor, storedAt(item));
  if (key === "enter" && item) return editor.forms.next(item);
  return false;
}

/** Close the menu that is open around the focus, which goes back to what opened it. */
function closeMenu(target: Element): boolean {
  const menu = target.closest<HTMLDetailsElement>(".block-menu[open]");
  menu?.removeAttribute("open");
  menu?.querySelector("summary")?.focus();
  return !!menu;
}

function pressOnHead(editor: IssueEditor, event: KeyboardEvent, item: HTMLElement): boolean {
  const ctrl = event.ctrlKey || event.metaKey;
  if (event.altKey && event.key === "ArrowUp") return editor.act("up", item);
  if (event.altKey && event.key === "ArrowDown") return editor.act("down", item);
  if (event.key === "Delete") return event.repeat || editor.act("delete", item); // one press, one block
  if (ctrl && event.key.toLowerCase() === "d") return event.repeat || editor.act("duplicate", item);
  if (event.key === "Enter" && event.target === item)
    return editor.forms.open(item.dataset.block ?? "");
  return false;
}

/** F6: from the blocks to the preview to the tools, and round. */
function nextRegion(editor: IssueEditor, back: boolean): true {
  const regions: [string, string][] = [
    [".write-side", "#blocks-title"],
    [".preview-side", "#preview-title"],
    ["#composer-tools", "#composer-tools a"],
  ];
  const here = regions.findIndex(([holder]) =>
    editor.find(holder).contains(document.activeElement),
  );
  const next = (Math.max(here, back ? 0 : -1) + (back ? 2 : 1)) % 3;
  editor.showSide(next === 1 ? "look" : "write");
  editor.find(regions[next]?.[1] ?? "").focus();
  return true;
}
