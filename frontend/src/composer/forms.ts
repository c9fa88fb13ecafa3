// The forms that are open in the list of blocks: one a block, and those of new blocks.
import { BlockForm, firstField } from "./block-form";
import type { IssueEditor } from "./editor";
import { tellError } from "./failures";
import { scrollToBlock } from "./list";
import type { Fields } from "./local-copy";
import { addInPlace } from "./new-block";
import { fetchPage, takeForm } from "./pages";
import type { Answer, Saver, State } from "./saver";
import { say } from "./words";

export const BUSY = "take-picture.is-busy"; // a picture is on its way, and is being described

export class Forms {
  private readonly forms = new Map<HTMLElement, BlockForm>();

  constructor(private readonly editor: IssueEditor) {}

  of(item: HTMLElement): BlockForm | undefined {
    return this.forms.get(item);
  }

  /** The block whose form was opened last. */
  get last(): string | undefined {
    return [...this.forms.keys()].at(-1)?.dataset.block;
  }

  /** Of all but new blocks in which nothing has been written. */
  get savers(): Saver[] {
    const open = [...this.forms.values()].filter((form) => !form.isNew || form.hasText);
    return open.map((form) => form.saver);
  }

  /** Open a block's form, or go to it when it is open; `fields` are put into it. */
  open(block: string, fields?: Fields): true {
    void this.openNow(block, fields);
    return true;
  }

  private async openNow(block: string, fields?: Fields): Promise<void> {
    const item = this.editor.list.querySelector<HTMLElement>(
      `:scope > [data-block="${CSS.escape(block)}"]`,
    );
    if (!item) return;
    const from = document.activeElement;
    if (!this.forms.has(item)) {
      const name = this.editor.presence.editorOf(block);
      if (name && !window.confirm(say("openAnyway", { name }))) return;
      await this.load(item, `${this.editor.scope}/b/${block}`, `${block}-`);
    }
    if (fields) await this.forms.get(item)?.fill(fields);
    void this.editor.presence.beat();
    if (hasGone(from, item)) return;
    this.editor.showSide("write");
    scrollToBlock(item);
    firstField(item)?.focus();
    this.editor.preview.scrollTo(block);
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
    await this.editor.operations.idle(); // which gives a new block its title
    if (open.isNew) item.remove();
    if (withFocus && !hasFocus())
      (item.querySelector<HTMLElement>("[data-open]") ?? this.editor.find("#blocks-title")).focus();
  }

  next(item: HTMLElement): true {
    const after = item.nextElementSibling as HTMLElement | null;
    this.close(item, !after?.dataset.block);
    if (after?.dataset.block) this.open(after.dataset.block);
    return true;
  }

  /** Whether a block's form holds nothing that the server does not have. */
  isClean(item: HTMLElement): boolean {
    return !item.querySelector(BUSY) && (this.forms.get(item)?.saver.isClean ?? true);
  }

  /** Load a block's form anew: the server holds something else. What is typed meanwhile stays, unless it is given up. */
  async reopen(item: HTMLElement, givesUp = false): Promise<void> {
    const former = this.forms.get(item);
    const held = item.contains(document.activeElement);
    const address = `${this.editor.scope}/b/${item.dataset.block}`;
    await this.load(item, address, `${item.dataset.block}-`, givesUp);
    if (former === this.forms.get(item)) return;
    former?.saver.stop();
    this.editor.showState();
    if (held && !hasFocus()) firstField(item)?.focus();
  }

  forget(item: HTMLElement): void {
    this.forms.get(item)?.saver.stop();
    this.forms.delete(item);
    item.querySelector(".block-body")?.replaceChildren();
    item.classList.remove("is-open");
    item.querySelector("[data-open]")?.setAttribute("aria-expanded", "false");
    this.editor.showState();
    void this.editor.presence?.beat();
  }

  /** Take a block out of the list, with what is written in it. */
  drop(item: HTMLElement): void {
    this.forget(item);
    item.remove();
  }

  async load(item: HTMLElement, address: string, prefix: string, givesUp = false): Promise<void> {
    try {
      const page = await fetchPage(address);
      const form = takeForm(page, prefix);
      if (!form || !(givesUp || this.isClean(item))) return;
      item.querySelector(".block-body")?.replaceChildren(form);
      item.querySelector("[data-open]")?.setAttribute("aria-expanded", "true");
      item.classList.add("is-open");
      const open = new BlockForm(item, form, page.querySelector("h1")?.textContent ?? "", {
        scope: this.editor.scope,
        seen: () => this.editor.preview.seen(),
        told: (state, answer) => this.hearForm(open, state, answer),
        done: () => this.close(item, true),
        reopen: () => void this.reopen(item, true),
        addAgain: () => void addInPlace(this.editor, item),
        drop: () => this.drop(item),
      });
      this.forms.set(item, open);
    } catch (error) {
      this.editor.tell(tellError(error));
    }
  }

  private hearForm(open: BlockForm, state: State, answer: Answer): void {
    if (state === "saved") {
      if (open.isNew && answer.block) {
        open.becomeBlock(answer.block);
        void this.editor.operations.refreshLater();
      }
      open.item.dataset.revision = String(answer.revision);
      open.showHeadline();
    }
    this.editor.hear(state, answer, false);
  }
}

/** Whether anything on the page has the focus: what is taken out of it loses it. */
function hasFocus(): boolean {
  return document.activeElement !== document.body;
}

/** Whether somebody went elsewhere while a form was loaded; they stay there. A head may have been replaced meanwhile. */
function hasGone(from: Element | null, item: HTMLElement): boolean {
  const here = document.activeElement;
  const isTitle = here?.matches("[data-open]") && item.contains(here);
  return hasFocus() && here !== from && !isTitle;
}
