// A dialog with a few fields: filled in, or given up.
import { button, make, say } from "./words";

/** The last of `fields` ends with the one that `take` judges: it says what is wrong, or nothing. `closed` brings the focus back. */
export function ask(
  title: string,
  fields: HTMLElement[],
  take: () => string,
  closed: () => void,
): HTMLDialogElement {
  const fault = make("p", { class: "fault", role: "alert" });
  const form = make("form", { class: "stack", novalidate: "" });
  const dialog = make("dialog", { class: "link-dialog", "aria-label": title }, form);
  const cancel = button(say("cancel"), () => dialog.close());
  const tools = make(
    "div",
    { class: "row" },
    make("button", { class: "button" }, say("ok")),
    cancel,
  );
  form.append(...fields, tools);
  fields.at(-1)?.lastElementChild?.before(fault);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    fault.textContent = take();
    if (!fault.textContent) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
