// Merge fields: asked for in a dialog, and put into a line by <insert-name>. Their form is `mailer.render.merge`'s.
import { ask } from "./ask";
import { button, make, say } from "./words";

export const NAME_FIELD = /\{\{\s*(?:f[oö]rnamn|first_name|organisation)\s*\|[^{}]*\}\}/gi;

/** Ask whose name, and what those read who have not told one; `put` gets the field as it is stored, in place of `former`. */
export function askName(put: (field: string) => void, closed: () => void, former = ""): void {
  const which = make("select", { id: "name-which" });
  for (const name of ["fornamn", "organisation"])
    which.append(make("option", { value: name }, say(name)));
  const other = make("input", { type: "text", id: "name-other", autocomplete: "off" });
  other.setAttribute("aria-describedby", "name-hint");
  const take = () => {
    put(`{{${which.value}|${other.value.replace(/[{}]/g, "").trim()}}}`);
    return "";
  };
  const hint = make("p", { class: "hint", id: "name-hint" }, say("nameHint"));
  const whichLabel = make("label", { for: which.id }, say("nameWhich"));
  const otherLabel = make("label", { for: other.id }, say("nameOther"));
  const fields = [
    make("h2", {}, say("insertName")),
    make("div", { class: "field" }, whichLabel, which),
    make("div", { class: "field" }, otherLabel, hint, other),
  ];
  ask(say("insertName"), fields, take, closed);
  const [name, fallback] = former.replace(/[{}]/g, "").split("|");
  if (fallback === undefined) {
    which.focus();
    return;
  }
  which.value = name?.trim().toLowerCase() === "organisation" ? "organisation" : "fornamn";
  other.value = fallback.trim();
  other.select();
}

class InsertName extends HTMLElement {
  connectedCallback(): void {
    const field = this.querySelector("input");
    if (!field || this.querySelector("button")) return;
    const put = (text: string) => {
      field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    this.append(button(say("insertName"), () => askName(put, () => field.focus())));
  }
}

customElements.define("insert-name", InsertName);
