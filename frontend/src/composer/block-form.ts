// The open form of one block: saves itself, shows what is wrong, and both texts when two have written.
import { tellError } from "./failures";
import { showFaults } from "./faults";
import { watchText } from "./lines";
import { storedAt } from "./list";
import type { Fields } from "./local-copy";
import { copyTool, showBoth, warn } from "./overtaken";
import { fetchPage, takeForm } from "./pages";
import { type Answer, Saver, type Seen, type State } from "./saver";
import { button, errorIcon, make, say } from "./words";

/** What a form tells the editor around it, and asks of it. */
export type Around = {
  scope: string;
  seen: () => Seen;
  told: (state: State, answer: Answer) => void;
  done: () => void;
  addAgain: () => void;
  drop: () => void;
  reopen: () => void;
};

type Text = HTMLInputElement | HTMLTextAreaElement;

const MOST_ROWS = 60; // of any kind
const ROW = "fieldset.part fieldset.part";
const TEXTS =
  "textarea[name], input[type=text], input[type=url], input[type=email], input[type=date]";

export class BlockForm {
  readonly saver: Saver;
  private showsAll = false;
  private timer = 0;
  private faults: Record<string, string> = {};

  constructor(
    readonly item: HTMLElement,
    readonly form: HTMLFormElement,
    readonly title: string,
    private readonly around: Around,
  ) {
    const address = `${form.getAttribute("action")}/autosave`;
    this.saver = new Saver(form, around.scope, address, around.seen, (_saver, state, answer) =>
      this.hear(state, answer),
    );
    form.addEventListener("input", (event) => this.type(event));
    form.addEventListener("change", (event) => this.type(event));
    form.addEventListener("focusout", (event) => this.leave(event));
    form.addEventListener("submit", (event) => void this.submit(event));
    for (const field of this.texts()) watchText(field);
    this.makeEnd();
  }

  get isNew(): boolean {
    return this.item.classList.contains("block-new");
  }

  /** Whether somebody has written something here, or chosen a picture. */
  get hasText(): boolean {
    const isWritten = ({ dataset, value }: Text) => dataset.touched !== undefined && value.trim();
    const chosen = "[type=radio]:checked:not([value=''])";
    return this.texts().some(isWritten) || this.form.querySelector(chosen) !== null;
  }

  /** Go to a picture that is still to be described, and tell whether there is one. */
  showBusy(): boolean {
    const words = this.form.querySelector<HTMLElement>(".is-busy [type=text]");
    words?.focus();
    return words !== null;
  }

  /** Tells whether there are more rows now. */
  addRows(): Promise<boolean> {
    return this.refill("more", "yes");
  }

  /** The new block is stored; from now on it is changed. */
  becomeBlock(block: string): void {
    this.saver.dropCopy();
    this.item.classList.remove("block-new");
    this.item.id = `b-${block}`;
    this.item.dataset.block = block;
    const address = `${this.around.scope}/b/${block}`;
    this.form.setAttribute("action", address);
    this.saver.url = `${address}/autosave`;
  }

  /** The heading in the list follows what is typed. */
  showHeadline(): void {
    const field = ["f.heading", "f.text"].map((name) => this.form.elements.namedItem(name));
    const typed = field.find((one) => one instanceof HTMLInputElement) as
      | HTMLInputElement
      | undefined;
    const shown = this.item.querySelector<HTMLElement>("[data-open] .secondary");
    if (typed?.value && shown) shown.textContent = typed.value;
  }

  /** Put fields of a kept copy back, rows that the form does not have yet among them, and save them. */
  async fill(fields: Fields): Promise<void> {
    const rows = fields.filter(([name]) => /\.\d+\./.test(name)).map(([name]) => name);
    const lacksRow = () => rows.some((name) => !this.form.elements.namedItem(name));
    for (let tries = 0; lacksRow() && tries < MOST_ROWS; tries += 1) {
      // Without its rows the text would not be whole; its copy stays, and is offered another time.
      if (!(await this.refill("more", "yes"))) return;
    }
    for (const box of this.form.querySelectorAll<HTMLInputElement>("[type=checkbox]")) {
      box.checked = false;
    }
    for (const [name, value] of fields) {
      // The form of a new block does not ask where and to whom it is shown.
      if (/^(hidden|audience)\./.test(name) && !this.form.elements.namedItem(name))
        this.form.append(make("input", { type: "hidden", name, value }));
      setField(this.form, name, value);
    }
    this.note();
  }

  /** Save what the form holds, and keep a copy until that is done; an empty form is not worth one. */
  note(): void {
    const after = this.form.elements.namedItem("after"); // it is put where its form stands by now
    if (this.isNew && after instanceof HTMLInputElement)
      after.value = storedAt(this.item.previousElementSibling);
    this.saver.note(!this.isNew || this.hasText);
  }

  private type(event: Event): void {
    const field = event.target as HTMLElement;
    if (field.matches("textarea, input, select")) field.dataset.touched = "";
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) watchText(field);
    this.note();
    // A picture that is chosen brings its words, and shows how it is cut.
    if (
      field instanceof HTMLInputElement &&
      event.type === "change" &&
      field.name.endsWith(".asset")
    ) {
      void this.refill("look", field.name);
    }
  }

  private leave(event: FocusEvent): void {
    const field = event.target as HTMLElement;
    if (!field.matches("textarea, input, select")) return;
    if (!this.isNew || (field as HTMLInputElement).value) field.dataset.touched = "";
    showFaults(this.form, this.faults, this.showsAll);
  }

  private async submit(event: SubmitEvent): Promise<void> {
    const sender = event.submitter as HTMLButtonElement | null;
    event.preventDefault();
    if (sender?.name) return void this.refill(sender.name, sender.value, sender);
    if (this.showBusy()) return;
    this.showsAll = true;
    if (this.isNew) this.note();
    await this.saver.flush();
    if (this.saver.isClean) {
      this.around.done();
      return;
    }
    clearTimeout(this.timer);
    showFaults(this.form, this.faults, true);
    const wrong = this.form.querySelector<HTMLElement>("[aria-invalid], .overtaken button");
    wrong?.focus();
    wrong?.scrollIntoView({ block: "center" });
  }

  /** Press a button that only fills in the form (more rows, other pictures); tells whether that was done. */
  private async refill(name: string, value: string, pressed?: HTMLElement): Promise<boolean> {
    const sent = this.saver.fields();
    const body = new URLSearchParams(sent);
    body.set(name, value);
    this.form.querySelector(".refill-fault")?.remove();
    try {
      const page = await fetchPage(this.form.getAttribute("action") ?? "", body);
      const fresh = takeForm(page, this.form.dataset.prefix ?? "");
      if (!fresh) throw new Error("404"); // a page that says why there is no form
      this.takeGroups(fresh, sent, name);
      return true;
    } catch (error) {
      const words = tellError(error);
      const fault = make("p", { class: "fault refill-fault", role: "alert" }, errorIcon(), words);
      if (pressed) pressed.before(fault);
      else this.form.prepend(fault);
      return false;
    }
  }

  /** The groups of a form as the server filled it in take the place of these; what was typed after `sent` stays. */
  private takeGroups(fresh: HTMLFormElement, sent: Fields, name: string): void {
    const before = this.form.querySelectorAll(ROW).length;
    const held = document.activeElement?.id;
    const former = new Map(sent);
    const typedMeanwhile = this.saver.fields().filter(([field, now]) => former.get(field) !== now);
    const busy = this.form.querySelectorAll("take-picture.is-busy");
    for (const part of [...fresh.querySelectorAll("fieldset.part[id]"), ...busy]) {
      this.form.querySelector(`[id="${CSS.escape(part.id)}"]`)?.replaceWith(part);
    }
    for (const [field, now] of typedMeanwhile) setField(this.form, field, now);
    const row = name === "more" ? this.form.querySelectorAll(ROW)[before] : null;
    const same = held ? document.getElementById(held) : null;
    (row?.querySelector<HTMLElement>("input, textarea, select") ?? same)?.focus();
    if (name === "look" || typedMeanwhile.length) this.note();
  }

  private hear(state: State, answer: Answer): void {
    if (state === "saved" || state === "wrong") {
      this.faults = answer.faults ?? {};
      clearTimeout(this.timer);
      // Somebody who is still writing is not interrupted by what is missing at the end.
      this.timer = window.setTimeout(
        () => showFaults(this.form, this.faults, this.showsAll),
        state === "saved" ? 0 : 600,
      );
    }
    if (state === "conflict") this.showConflict(answer);
    else if (state === "gone") this.showGone(answer.isOwn ?? false);
    else if (state === "saved" || state === "wrong")
      this.form.querySelector(".overtaken")?.remove();
    this.around.told(state, answer);
  }

  private showConflict({ theirs = [], revision = 0, isOwn = false }: Answer): void {
    const keep = () => this.saver.settle(revision);
    showBoth(this.form, isOwn, theirs, keep, this.around.reopen, () => this.texts());
  }

  /** What is written in a block that was deleted elsewhere may go into a new one. */
  private showGone(isOwn: boolean): void {
    if (this.form.querySelector(".removed")) return;
    const add = button(say("addAgain"), () => this.around.addAgain(), false);
    const close = button(say("close"), () => {
      if (window.confirm(say("closeGone"))) this.around.drop();
    });
    const [copy, copied] = copyTool(() => this.texts());
    warn(this.form, "removed", isOwn, [], [add, copy, close, copied]);
  }

  private makeEnd(): void {
    const end = this.form.querySelector(".form-end");
    const save = end?.querySelector("button");
    if (save) save.textContent = say("done");
    end?.querySelector("a")?.remove();
  }

  private texts(): Text[] {
    return [...this.form.querySelectorAll<Text>(TEXTS)];
  }
}

export function firstField(item: HTMLElement): HTMLElement | null {
  const wanted = ":is(input:not([type=hidden]), select, textarea, [contenteditable])";
  const fields = item.querySelectorAll<HTMLElement>(`.block-body ${wanted}`);
  return [...fields].find((field) => field.checkVisibility()) ?? null; // not what is folded away
}

function setField(form: HTMLFormElement, name: string, value: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof RadioNodeList) {
    field.value = value;
    if (value && field.value !== value && field[0] instanceof Element) {
      // A picture that came meanwhile is not among those that are offered.
      const came = make("input", { type: "radio", name, value, hidden: "", checked: "" });
      field[0].after(came);
    }
  } else if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = true;
  else if (field instanceof HTMLElement && "value" in field) field.value = value;
  if (!(field instanceof HTMLElement)) return;
  field.dataset.touched = "";
  field.dispatchEvent(new Event("refill"));
}
