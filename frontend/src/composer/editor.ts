// <issue-editor>: the composer's page with script. Opens the blocks' forms in the list and keeps everything saved.
import { BlockForm, firstField } from "./block-form";
import { click } from "./clicks";
import { makeDraggable } from "./drag";
import { type Facts, FactsForm } from "./facts-form";
import { tellError } from "./failures";
import { pressKey } from "./keys";
import { offerLeftovers } from "./leftovers";
import { scrollToBlock } from "./list";
import type { Fields } from "./local-copy";
import { addInPlace } from "./new-block";
import { Operations } from "./operations";
import { fetchPage, takeForm } from "./pages";
import { Presence } from "./presence";
import { Preview, tellSize } from "./preview";
import type { Answer, Saver, State } from "./saver";
import { Status } from "./status";
import { dropUndoBars, nameUndo } from "./undo-bar";
import { say } from "./words";

const BUSY = "take-picture.is-busy"; // a picture is on its way, and is being described

export class IssueEditor extends HTMLElement {
  list!: HTMLElement;
  facts!: FactsForm;
  preview!: Preview;
  private presence!: Presence;
  lastChange = 0; // of those that were stored here, by the server's count
  private readonly status = new Status(this);
  private readonly operations = new Operations(this);
  private readonly forms = new Map<HTMLElement, BlockForm>();

  connectedCallback(): void {
    this.classList.add("is-live");
    this.list = this.find("#block-list");
    this.preview = new Preview(
      this.find(".preview-side"),
      (block) => this.open(block),
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
    this.addEventListener("keydown", (event) => pressKey(this, event));
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

  /** Of all forms but new blocks in which nothing has been written. */
  private get savers(): Saver[] {
    const open = [...this.forms.values()].filter((form) => !form.isNew || form.hasText);
    return [this.facts.saver, ...open.map((form) => form.saver)];
  }

  get isSaved(): boolean {
    return !this.querySelector(BUSY) && this.savers.every((saver) => saver.isClean);
  }

  /** Open a block's form, or go to it when it is open; `fields` are put into it. */
  open(block: string, fields?: Fields): true {
    void this.openNow(block, fields);
    return true;
  }

  private async openNow(block: string, fields?: Fields): Promise<void> {
    const item = this.list.querySelector<HTMLElement>(
      `:scope > [data-block="${CSS.escape(block)}"]`,
    );
    if (!item) return;
    if (!this.forms.has(item)) {
      const name = this.presence.editorOf(block);
      if (name && !window.confirm(say("openAnyway", { name }))) return;
      await this.loadForm(item, `${this.scope}/b/${block}`, `${block}-`);
    }
    if (fields) await this.forms.get(item)?.fill(fields);
    this.showSide("write");
    scrollToBlock(item);
    firstField(item)?.focus();
    this.preview.scrollTo(block);
    void this.presence.beat();
  }

  /** Close a block's form when it is saved; a new block that holds nothing goes away. */
  close(item: HTMLElement, withFocus: boolean): true {
    void this.closeNow(item, withFocus);
    return true;
  }

  private async closeNow(item: HTMLElement, withFocus: boolean): Promise<void> {
    const open = this.forms.get(item);
    if (!open) return;
    if (open.showBusy()) return;
    await open.saver.flush();
    if (!(open.isNew && !open.hasText) && open.saver.state !== "saved") {
      open.form.requestSubmit(); // which says what is wrong
      return;
    }
    this.forget(item);
    await this.operations.idle(); // which gives a new block its title
    if (open.isNew) item.remove();
    if (withFocus)
      (item.querySelector<HTMLElement>("[data-open]") ?? this.find("#blocks-title")).focus();
  }

  next(item: HTMLElement): true {
    const after = item.nextElementSibling as HTMLElement | null;
    this.close(item, !after?.dataset.block);
    if (after?.dataset.block) this.open(after.dataset.block);
    return true;
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

  /** Whether a block's form holds nothing that the server does not have. */
  isClean(item: HTMLElement): boolean {
    return !item.querySelector(BUSY) && (this.forms.get(item)?.saver.isClean ?? true);
  }

  formOf(item: HTMLElement): BlockForm | undefined {
    return this.forms.get(item);
  }

  /** Load a block's form anew: the server holds something else. What is typed meanwhile stays, unless it is given up. */
  async reopen(item: HTMLElement, givesUp = false): Promise<void> {
    const former = this.forms.get(item);
    const held = item.contains(document.activeElement);
    const address = `${this.scope}/b/${item.dataset.block}`;
    await this.loadForm(item, address, `${item.dataset.block}-`, givesUp);
    if (former === this.forms.get(item)) return;
    former?.saver.stop();
    this.showState();
    if (held) firstField(item)?.focus();
  }

  forget(item: HTMLElement): void {
    this.forms.get(item)?.saver.stop();
    this.forms.delete(item);
    item.querySelector(".block-body")?.replaceChildren();
    item.classList.remove("is-open");
    item.querySelector("[data-open]")?.setAttribute("aria-expanded", "false");
    this.showState();
    void this.presence?.beat();
  }

  /** Take a block out of the list, with what is written in it. */
  drop(item: HTMLElement): void {
    this.forget(item);
    item.remove();
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

  async loadForm(
    item: HTMLElement,
    address: string,
    prefix: string,
    givesUp = false,
  ): Promise<void> {
    try {
      const page = await fetchPage(address);
      const form = takeForm(page, prefix);
      if (!form || !(givesUp || this.isClean(item))) return;
      item.querySelector(".block-body")?.replaceChildren(form);
      item.querySelector("[data-open]")?.setAttribute("aria-expanded", "true");
      item.classList.add("is-open");
      const open = new BlockForm(item, form, page.querySelector("h1")?.textContent ?? "", {
        scope: this.scope,
        seen: () => this.preview.seen(),
        told: (state, answer) => this.hearForm(open, state, answer),
        done: () => this.close(item, true),
        reopen: () => void this.reopen(item, true),
        addAgain: () => void addInPlace(this, item),
        drop: () => this.drop(item),
      });
      this.forms.set(item, open);
    } catch (error) {
      this.tell(tellError(error));
    }
  }

  private hearForm(open: BlockForm, state: State, answer: Answer): void {
    if (state === "saved") {
      if (open.isNew && answer.block) {
        open.becomeBlock(answer.block);
        void this.operations.refreshLater();
      }
      open.item.dataset.revision = String(answer.revision);
      open.showHeadline();
    }
    this.hear(state, answer, false);
  }

  private hear(state: State, answer: Answer, whole: boolean): void {
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
      items.some((item) => !this.forms.has(item) && isOther(item));
    if (!hasChanged || !this.isSaved) return;
    void this.operations.refreshLater().then(() => this.preview.reload());
  }

  private openBlock(): string {
    const held = document.activeElement?.closest<HTMLElement>("[data-block]");
    return held?.dataset.block ?? [...this.forms.keys()].at(-1)?.dataset.block ?? "";
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
