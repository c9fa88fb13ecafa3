// <issue-editor>: the composer's page with script. Holds its parts together, and tells when everything is saved.
import { click } from "./clicks";
import { makeDraggable } from "./drag";
import { type Facts, FactsForm } from "./facts-form";
import { BUSY, Forms } from "./forms";
import { pressKey } from "./keys";
import { offerLeftovers } from "./leftovers";
import { Operations } from "./operations";
import { Presence } from "./presence";
import { Preview, tellSize } from "./preview";
import type { Answer, Saver, State } from "./saver";
import { Status } from "./status";
import { dropUndoBars, nameUndo } from "./undo-bar";

export class IssueEditor extends HTMLElement {
  list!: HTMLElement;
  facts!: FactsForm;
  preview!: Preview;
  presence!: Presence;
  lastChange = 0; // of those that were stored here, by the server's count
  private readonly status = new Status(this);
  readonly operations = new Operations(this);
  readonly forms = new Forms(this);

  connectedCallback(): void {
    this.classList.add("is-live");
    this.list = this.find("#block-list");
    this.preview = new Preview(
      this.find(".preview-side"),
      (block) => this.forms.open(block),
      (bytes) => tellSize(bytes, this.find("[data-size]")),
    );
    this.facts = new FactsForm(
      this.find<HTMLFormElement>("#facts"),
      this.scope,
      () => ({ ...this.preview.seen(), seen: "" }),
      (state, answer) => this.hear(state, answer, true),
    );
    this.preview.showInbox(this.facts.value("subject"), this.facts.value("preheader"));
    this.addEventListener("click", (event) => click(this, event));
    this.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("keydown", (event) => pressKey(this, event)); // also when nothing has the focus
    this.operations.remember();
    makeDraggable(this.list, (item, place) => this.operations.place(item, place));
    window.addEventListener("beforeunload", (event) => {
      if (!this.isSaved) event.preventDefault();
    });
    window.addEventListener("online", () => void this.flush());
    this.presence = new Presence(
      this,
      () => this.openBlock(),
      () => this.operations.turn,
      (blocks, facts) => this.hearOthers(blocks, facts),
      () => this.preview.reload(),
    );
    for (const part of this.querySelectorAll<HTMLElement>(".composer-sides, [data-help]"))
      part.hidden = false;
    this.showSide("write");
    offerLeftovers(this);
  }

  /** The address of the composer's page. */
  get scope(): string {
    return this.dataset.own ?? "";
  }

  private get savers(): Saver[] {
    return [this.facts.saver, ...this.forms.savers];
  }

  get isSaved(): boolean {
    return !this.querySelector(BUSY) && this.savers.every((saver) => saver.isClean);
  }

  /** Press one of the page's own buttons: of a block, or of the tools. */
  act(name: string, item: HTMLElement | null): true {
    const form = (item ?? this).querySelector<HTMLFormElement>(
      `form[data-act="${name}"]:not(.unseen)`,
    );
    if (form) this.operations.send(form);
    return true;
  }

  saveNow(): true {
    void this.flush().then(() => this.say(this.find("[data-state]").textContent));
    return true;
  }

  async flush(): Promise<void> {
    await Promise.all(this.savers.map((saver) => saver.flush()));
  }

  showAll(): void {
    this.presence.show();
    this.showState();
  }

  showState(): void {
    this.status.show(this.savers.map((saver) => saver.state));
  }

  /** Tell why something was not done. */
  tell(words: string): void {
    this.status.tell(words);
  }

  say(text: string): void {
    this.status.say(text);
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (!form.dataset.act || event.defaultPrevented) return;
    event.preventDefault();
    this.operations.send(form);
  }

  hear(state: State, answer: Answer, whole: boolean): void {
    if (state === "saved") this.status.noteSaved();
    this.showState();
    if (state !== "saved") return;
    this.lastChange = Math.max(this.lastChange, answer.change ?? 0);
    dropUndoBars(this);
    this.preview.update(answer, whole);
    if (!nameUndo(this, answer.undo)) void this.operations.refreshLater();
  }

  private hearOthers(blocks: Record<string, number>, facts: Facts): void {
    const items = [...this.list.querySelectorAll<HTMLElement>(":scope > [data-block]")];
    const isSameOrder =
      items.map((item) => item.dataset.block).join() === Object.keys(blocks).join();
    const isOther = (item: HTMLElement) =>
      String(blocks[item.dataset.block ?? ""]) !== item.dataset.revision;
    const hasChanged =
      !isSameOrder ||
      this.facts.isOther(facts) ||
      items.some((item) => !this.forms.of(item) && isOther(item));
    if (!hasChanged || !this.isSaved) return;
    void this.operations.refreshLater().then(() => this.preview.reload());
  }

  private openBlock(): string {
    const held = document.activeElement?.closest<HTMLElement>("[data-block]");
    return held?.dataset.block ?? this.forms.last ?? "";
  }

  /** On a narrow screen only one side is seen. */
  showSide(side: string): void {
    this.dataset.side = side;
    for (const tab of this.querySelectorAll<HTMLElement>("button[data-side]")) {
      tab.setAttribute("aria-pressed", String(tab.dataset.side === side));
    }
  }

  find<E extends HTMLElement = HTMLElement>(selector: string): E {
    return this.querySelector<E>(selector) as E;
  }
}

customElements.define("issue-editor", IssueEditor);
