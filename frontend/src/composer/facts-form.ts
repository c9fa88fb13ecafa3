// The issue's own facts: subject, preview line, title, day and language. Saved like a block, shown by the whole mail.
import { countCharacters, showFaults } from "./faults";
import type { Fields } from "./local-copy";
import { type Answer, Saver, type State } from "./saver";

type Field = HTMLInputElement | HTMLSelectElement;

export class FactsForm {
  readonly saver: Saver;
  private showsAll = false;

  constructor(
    private readonly form: HTMLFormElement,
    scope: string,
    heard: (state: State, answer: Answer) => void,
  ) {
    form.classList.add("is-live");
    const heardHere = (_saver: Saver, state: State, answer: Answer): void => {
      if (state === "saved" || state === "wrong")
        showFaults(form, answer.faults ?? {}, this.showsAll);
      heard(state, answer);
    };
    // Only what was typed here is sent: somebody else may be changing the rest.
    const isTouched = (name: string): boolean =>
      (form.elements.namedItem(name) as Field | null)?.dataset.touched !== undefined;
    this.saver = new Saver(form, scope, `${scope}/autosave`, () => "", heardHere, isTouched);
    form.addEventListener("input", (event) => {
      const field = event.target as Field;
      field.dataset.touched = "";
      if (field instanceof HTMLInputElement) countCharacters(field);
      this.saver.note();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.showsAll = true;
      void this.saver.flush();
    });
  }

  value(name: string): string {
    return (this.form.elements.namedItem(name) as Field | null)?.value ?? "";
  }

  fill(fields: Fields): void {
    for (const [name, value] of fields) {
      const own = this.form.elements.namedItem(name);
      if (!(own instanceof HTMLInputElement || own instanceof HTMLSelectElement)) continue;
      own.value = value;
      own.dataset.touched = "";
    }
    this.saver.note();
  }

  /** After an undo the facts may be others; what is being typed stays. */
  take(fresh: Document): void {
    if (!this.saver.isClean) return;
    for (const field of fresh.querySelectorAll<Field>("#facts [name]")) {
      const own = this.form.elements.namedItem(field.name) as Field | null;
      if (!own) continue;
      own.value = field.value;
      delete own.dataset.touched;
    }
  }
}
