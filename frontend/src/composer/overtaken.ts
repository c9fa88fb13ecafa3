// The box in a form when somebody was faster, or oneself in another tab: the block has another text now, or is gone.
import { button, make, say } from "./words";

type Text = HTMLInputElement | HTMLTextAreaElement;

/** Put the box above a form, in the place of a former one: what has happened, and what can be done. */
export function warn(
  form: HTMLElement,
  kind: "conflict" | "removed",
  isOwn: boolean,
  told: Node[],
  tools: HTMLElement[],
): void {
  form.querySelector(".overtaken")?.remove();
  const box = make("div", { class: `notice notice-warning overtaken ${kind}`, role: "alert" });
  const words = make("p", {}, make("strong", {}, say(`${kind}${isOwn ? "ByYou" : "ByOther"}`)));
  const inner = make("div", {}, words, ...told, make("div", { class: "row" }, ...tools));
  box.append(make("span"), inner);
  form.prepend(box);
  if (form.contains(document.activeElement)) box.scrollIntoView({ block: "nearest" }); // who writes may be far below
}

/** Show what was written elsewhere, each text with its label; one's own is kept, given up, or copied. */
export function showBoth(
  form: HTMLElement,
  isOwn: boolean,
  theirs: [string, string][],
  keep: () => void,
  take: () => void,
  mine: () => Text[],
): void {
  const list = make("dl", { class: "facts" });
  const held = form.contains(document.activeElement) ? document.activeElement : null;
  const first = form.querySelector("input:not([type=hidden])");
  const goBack = () => (held?.isConnected ? held : first) as HTMLElement | null;
  for (const [label, text] of theirs) list.append(make("dt", {}, label), make("dd", {}, text));
  const settle = (word: string, act: () => void, quiet: boolean) =>
    button(
      say(word),
      () => {
        act();
        goBack()?.focus(); // the box goes away under the one who has pressed
      },
      quiet,
    );
  const tools = [settle("keepMine", keep, false), settle("takeTheirs", take, true)];
  warn(
    form,
    "conflict",
    isOwn,
    [make("p", {}, say("theirs")), list],
    [...tools, ...copyTool(mine)],
  );
}

/** Return a button that copies texts, or selects them where the browser lets us not, and what tells of it. */
export function copyTool(
  texts: () => (Text | string)[],
  words = say("copyMine"),
): [HTMLElement, HTMLElement] {
  const told = make("span", { role: "status", class: "small" });
  const copy = button(words, () => {
    const text = texts().map(readText).filter(Boolean).join("\n\n");
    const select = () => {
      const field = make("textarea", { readonly: "", "aria-label": words }, text);
      told.replaceChildren(field);
      field.select();
    };
    const done = () => told.replaceChildren(say("copied"));
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, select);
    else select();
  });
  return [copy, told];
}

function readText(field: Text | string): string {
  if (typeof field === "string") return field;
  const written = field.closest("rich-text")?.querySelector<HTMLElement>(".rich-input");
  return (written?.innerText ?? field.value).trim();
}
