// The issue's own facts: subject, preview line, title, day and language. Saved like a block, shown by the whole mail.
// Only what was typed here is sent, with what stood there before: somebody else may be changing the rest.
import { showFaults } from "./faults";
import { watchText } from "./lines";
import type { Fields } from "./local-copy";
import { showBoth } from "./overtaken";
import { type Answer, Saver, type Seen, type State } from "./saver";

type Field = HTMLInputElement | HTMLSelectElement;
export type Facts = Record<string, string>;

export class FactsForm {
  readonly saver: Saver;
  private showsAll = false;

  constructor(
    private readonly form: HTMLFormElement,
    scope: string,
    seen: () => Seen,
    heard: (state: State, answer: Answer) => void,
  ) {
    form.classList.add("is-live");
    const heardHere = (_saver: Saver, state: State, answer: Answer): void => {
      if (state === "conflict") this.showConflict(answer.facts ?? {}, answer.isOwn ?? false);
      if (state === "saved" || state === "wrong") {
        form.querySelector(".overtaken")?.remove();
        showFaults(form, answer.faults ?? {}, this.showsAll);
      }
      if (answer.facts && state === "saved") this.take(answer.facts);
      heard(state, answer);
    };
    const isTouched = (name: string): boolean =>
      this.field(name.replace(/^was\./, ""))?.dataset.touched !== undefined;
    this.saver = new Saver(form, scope, `${scope}/autosave`, seen, heardHere, isTouched);
    form.addEventListener("input", (event) => {
      const field = event.target as Field;
      field.dataset.touched = "";
      if (field instanceof HTMLInputElement) watchText(field);
      this.saver.note();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.showsAll = true;
      void this.saver.flush();
    });
  }

  value(name: string): string {
    return this.field(name)?.value ?? "";
  }

  fill(fields: Fields): void {
    for (const [name, value] of fields) {
      const own = this.field(name);
      if (!own) continue;
      own.value = value;
      if (!name.startsWith("was.")) own.dataset.touched = "";
    }
    this.saver.note();
  }

  /** The server holds these facts now. What is being typed stays. */
  take(facts: Facts): void {
    for (const [name, value] of Object.entries(facts)) {
      const own = this.field(name);
      if (!own) continue;
      this.set(`was.${name}`, value);
      if (own.value.trim() === value) delete own.dataset.touched;
      else if (own.dataset.touched === undefined) this.set(name, value);
    }
  }

  /** Take what the composer's page says. */
  takePage(page: Document): void {
    const shown = [...page.querySelectorAll<HTMLInputElement>("#facts [name^='was.']")];
    this.take(Object.fromEntries(shown.map((one) => [one.name.slice(4), one.value])));
  }

  /** Whether these facts are others than those that were told here last. */
  isOther(facts: Facts): boolean {
    return Object.entries(facts).some(([name, value]) => this.value(`was.${name}`) !== value);
  }

  private showConflict(facts: Facts, isOwn: boolean): void {
    const settle = (isTheirs: boolean): void => {
      for (const [name, value] of Object.entries(facts)) {
        this.set(`was.${name}`, value);
        if (!isTheirs) continue;
        this.set(name, value);
        delete this.field(name)?.dataset.touched;
      }
      this.saver.settle();
    };
    const theirs = Object.entries(facts).map(([name, value]): [string, string] => {
      const label = this.form.querySelector(`label[for="${name}"]`)?.firstChild?.textContent;
      return [label ?? name, value || "–"];
    });
    const mine = () => Object.keys(facts).map((name) => this.field(name));
    const texts = () => mine().filter((field) => field instanceof HTMLInputElement);
    showBoth(
      this.form,
      isOwn,
      theirs,
      () => settle(false),
      () => settle(true),
      texts,
    );
  }

  private field(name: string): Field | null {
    return this.form.elements.namedItem(name) as Field | null;
  }

  private set(name: string, value: string): void {
    const own = this.field(name);
    if (!own || own.value === value) return;
    own.value = value;
    if (own instanceof HTMLInputElement) watchText(own);
  }
}
