// Text that an earlier page could not save: offered once, put back where it belongs, or thrown away.
import type { IssueEditor } from "./editor";
import { adoptCopy, type Copy, dropCopy, listCopies } from "./local-copy";
import { addAgain, addBlock } from "./new-block";
import { button, make, say } from "./words";

export function offerLeftovers(editor: IssueEditor): void {
  void listCopies(editor.scope).then((copies) => copies.length && offer(editor, copies));
}

function offer(editor: IssueEditor, copies: Copy[]): void {
  const latest = new Map(copies.map((copy) => [copy.key, copy])); // older ones of a form wait for another time
  const restore = button(
    say("restore"),
    () => end(() => [...latest.values()].map((copy) => putBack(editor, copy))),
    false,
  );
  const discard = button(say("discard"), () =>
    end(() => copies.map(({ key, tab }) => dropCopy(key, tab))),
  );
  const words = make(
    "div",
    {},
    make("p", {}, say("left")),
    make("div", { class: "row" }, restore, discard),
  );
  const bar = make(
    "div",
    { class: "notice notice-warning leftovers", role: "alert" },
    make("span"),
    words,
  );
  const end = (act: () => unknown): void => {
    bar.remove();
    act();
  };
  editor.querySelector(".composer")?.before(bar);
}

function putBack(editor: IssueEditor, copy: Copy): void {
  const [, place, name] = /\/edit\/(b|add)\/([\w-]+)\/autosave$/.exec(copy.url) ?? [];
  adoptCopy(copy); // it stays until the server has the text
  const isGone =
    place === "b" && !editor.list.querySelector(`[data-block="${CSS.escape(name ?? "")}"]`);
  if (isGone)
    void addAgain(editor, copy.fields, "").then((isThere) => isThere && dropCopy(copy.key));
  else if (place === "b" && name) editor.forms.open(name, copy.fields);
  else if (place === "add" && name)
    void addBlock(editor, `${editor.scope}/add/${name}`, "", copy.fields);
  else editor.facts.fill(copy.fields);
}
