// What is wrong with a form, at its fields, and how full its texts are; the words come from the server.
import { make, say } from "./words";

/** Show the faults of fields that were touched; `all` shows the others as well, as when Save is pressed. */
export function showFaults(
  form: HTMLFormElement,
  faults: Record<string, string>,
  all: boolean,
): number {
  clearFaults(form);
  let hidden = 0;
  for (const [name, words] of Object.entries(faults)) {
    const field = findField(form, name);
    if (!all && field && field.dataset.touched === undefined) {
      hidden += 1;
      continue;
    }
    const fault = make("p", { class: "fault", "data-live": "" }, words);
    fault.id = `${form.dataset.prefix ?? ""}${name}-live`;
    if (!field) {
      form.prepend(fault);
      continue;
    }
    field.setAttribute("aria-invalid", "true");
    field.dataset.described ??= field.getAttribute("aria-describedby") ?? "";
    field.setAttribute("aria-describedby", `${field.dataset.described} ${fault.id}`.trim());
    const place = field.closest(".field, fieldset") ?? form;
    place.classList.add("field-wrong");
    const label = place.querySelector(":scope > label, :scope > legend");
    if (label) label.after(fault);
    else place.prepend(fault);
  }
  return hidden;
}

function clearFaults(form: HTMLFormElement): void {
  for (const fault of form.querySelectorAll(".fault, .notice-error")) fault.remove();
  for (const field of form.querySelectorAll(".field-wrong")) field.classList.remove("field-wrong");
  for (const field of form.querySelectorAll("[aria-invalid]"))
    field.removeAttribute("aria-invalid");
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
  const text = field.value.includes("<") ? field.value.replace(/<[^>]+>/g, "") : field.value;
  const now = [...text].length;
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
