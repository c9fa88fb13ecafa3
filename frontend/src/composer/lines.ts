// What is told beside a field while one types: how full it is, and that no name is put into it.
import { countCharacters } from "./faults";
import { make, say } from "./words";

type Text = HTMLInputElement | HTMLTextAreaElement;

export function watchText(field: Text): void {
  countCharacters(field);
  warnOfNames(field);
}

/** Only running text and the greeting take names; elsewhere readers see the field itself. */
function warnOfNames(field: Text): void {
  const place = field.closest(".field");
  if (!place || field.closest("rich-text, insert-name")) return;
  const told = place.querySelector(":scope > .names-note");
  const isNeeded = field.value.includes("{{");
  if (!isNeeded) told?.remove();
  else if (!told)
    place.append(make("p", { class: "names-note small", role: "status" }, say("noNames")));
}
