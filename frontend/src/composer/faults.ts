// What is wrong with a form, at its fields, and how full its texts are; the words come from the server.
import { errorIcon, make, say } from "./words";

/** Show the faults of fields that were touched; `all` shows the others as well, as when Save is pressed. */
export function showFaults(
  form: HTMLFormElement,
  faults: Record<string, string>,
  all: boolean,
): void {
  clearFaults(form);
  for (const [name, words] of Object.entries(faults)) {
    const field = findField(form, name);
    if (field && !all && !isTouched(field)) continue;
    const fault = make("p", { class: "fault" }, errorIcon(), words);
    fault.id = `${form.dataset.prefix ?? ""}${name}-live`;
    if (field) showAt(field, fault, form);
    else form.prepend(fault);
  }
}

/** Whether somebody has been here, or in a field of a group; a picture that is being described is not the form's yet. */
function isTouched(field: HTMLElement): boolean {
  const inside = field.querySelector("[data-touched]:not(take-picture *)");
  return field.dataset.touched !== undefined || inside !== null;
}

function showAt(field: HTMLElement, fault: HTMLElement, form: HTMLFormElement): void {
  const described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${described} ${fault.id}`.trim());
  const place = field.closest(".field, fieldset") ?? form;
  place.classList.add("field-wrong");
  const label = place.querySelector(":scope > label, :scope > legend");
  if (label) label.after(fault);
  else place.prepend(fault);
}

function clearFaults(form: HTMLFormElement): void {
  const faults = [
    ...form.querySelectorAll(".fault:not(take-picture *, .refill-fault), .notice-error"),
  ];
  const gone = new Set(faults.map((fault) => fault.id));
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ");
    const kept = described.filter((id) => id && !gone.has(id));
    field.removeAttribute("aria-invalid");
    if (kept.length) field.setAttribute("aria-describedby", kept.join(" "));
    else field.removeAttribute("aria-describedby");
  }
  for (const place of form.querySelectorAll(".field-wrong")) place.classList.remove("field-wrong");
  for (const fault of faults) fault.remove();
}

function findField(form: HTMLFormElement, name: string): HTMLElement | null {
  const prefix = form.dataset.prefix ?? "";
  const byId = form.querySelector<HTMLElement>(`[id="${CSS.escape(prefix + name)}"]`);
  return byId ?? form.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
}

/** Show how many characters a text has once it has most of those it may have. */
export function countCharacters(field: HTMLInputElement | HTMLTextAreaElement): void {
  const most = Number(field.dataset.most);
  const place = field.closest(".field");
  if (!most || !place) return;
  const now = [...(field.closest("rich-text") ? readWords(field.value) : field.value)].length;
  let counter = place.querySelector<HTMLElement>(":scope > .counter");
  if (now < most * 0.6) {
    counter?.remove();
    return;
  }
  if (!counter) {
    counter = make("p", { class: "counter small" });
    place.append(counter);
  }
  counter.textContent = say("characters", { now, most });
  counter.classList.toggle("counter-full", now > most);
}

/** Return the words of a rich text as `mailer.render.richtext` counts them. A parsed page runs and fetches nothing. */
function readWords(html: string): string {
  const apart = html.replace(/<(?=\/p|\/h3|\/li|br)/g, " <");
  const { body } = new DOMParser().parseFromString(apart, "text/html");
  return (body.textContent ?? "").split(/\s+/).filter(Boolean).join(" ");
}
