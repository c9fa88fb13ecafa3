// The operations of the page's own forms, one after the other and without leaving the page: move, copy, delete, undo.

import { noteDeleted } from "./deleted";
import type { IssueEditor } from "./editor";
import { tellError } from "./failures";
import { reconcile } from "./list";
import type { Fields } from "./local-copy";
import { fetchPage, RefusedError } from "./pages";
import { dropUndoBars, showUndoBar } from "./undo-bar";
import { say } from "./words";

const MOST_TRIES = 10; // to get a page that knows what was stored here

export class Operations {
  private busy: Promise<void> = Promise.resolve();
  private running = 0;
  private ended = 0;
  private known: string[] = []; // the blocks in the order that the server has told
  private readonly leaving = new Set<HTMLElement>();
  private readonly unsaved = new Map<string, Fields>(); // what could not be stored in blocks that were deleted

  constructor(private readonly editor: IssueEditor) {}

  send(form: HTMLFormElement): void {
    const { act } = form.dataset;
    const address = form.getAttribute("action") ?? "";
    if (act && form.closest("#composer-tools")) this.step(act);
    else this.do(address, () => read(form), act, form.closest("li"));
  }

  place(item: HTMLElement, place: number): void {
    const address = `${this.editor.scope}/b/${item.dataset.block}/place`;
    this.do(address, () => new URLSearchParams({ to: String(place) }), "place", item);
  }

  /** Undo or redo what the button says by then: what was still being typed is a step of its own. */
  step(way: string): void {
    const body = () => {
      const form = this.editor.querySelector<HTMLFormElement>(
        `#composer-tools [data-act="${way}"]`,
      );
      return form ? read(form) : new URLSearchParams();
    };
    this.do(`${this.editor.scope}/${way}`, body, way, null);
  }

  /** Bring the list to what the server says, once nothing else is going on. */
  refreshLater(): Promise<void> {
    this.busy = this.busy.then(() => this.refresh()).catch(() => {});
    return this.busy;
  }

  /** Resolves when nothing is going on. */
  idle(): Promise<void> {
    return this.busy;
  }

  /** Grows with every operation: what was asked before tells of a list that is no more. Nothing while one goes on. */
  get turn(): number | null {
    return this.running ? null : this.ended;
  }

  remember(): void {
    this.known = this.items().map((item) => item.id);
  }

  private do(
    address: string,
    body: () => URLSearchParams,
    name: string | undefined,
    item: HTMLElement | null,
  ): void {
    if (item && this.leaving.has(item)) return; // it is being deleted
    if (item && name === "delete") this.leaving.add(item);
    this.running += 1;
    this.busy = this.busy
      .then(() => this.carryOut(address, body, name ?? "", item))
      .catch((error) => this.putBack(error))
      .finally(() => {
        this.running -= 1;
        this.ended += 1;
        if (item) this.leaving.delete(item);
        this.editor.preview.reload();
      });
  }

  private async carryOut(
    address: string,
    body: () => URLSearchParams,
    name: string,
    item: HTMLElement | null,
  ): Promise<void> {
    await this.editor.flush();
    const near = [...nearby()];
    const former = new Set(this.items());
    dropUndoBars(this.editor);
    const behind = item?.nextElementSibling as HTMLElement | null | undefined;
    const page = await fetchPage(address, body());
    if (name === "delete" && item) this.bury(item);
    await this.refresh(page);
    const refused = page.querySelector("[data-refused]")?.textContent;
    if (refused) this.editor.tell(refused);
    else this.tellDone(name, item, behind ?? null);
    if (document.activeElement !== document.body) return;
    const back = this.items().find((one) => !former.has(one));
    goTo(back ?? near.find((one) => one.isConnected) ?? this.editor);
  }

  /** Something was not done: the list is what it was, and why is told. */
  private async putBack(error: unknown): Promise<void> {
    await this.refresh().catch(() => this.restoreOrder());
    this.editor.tell(tellError(error));
  }

  private restoreOrder(): void {
    const order = this.items().map((item) => item.id);
    const wanted = this.known.filter((id) => order.includes(id));
    if (wanted.join() === order.filter((id) => wanted.includes(id)).join()) return;
    for (const id of wanted.reverse()) {
      const item = document.getElementById(id);
      if (item) this.editor.list.prepend(item);
    }
  }

  /** Take the form of a deleted block away; an undo brings back also what could not be stored. */
  private bury(item: HTMLElement): void {
    const fields = this.editor.forms.isClean(item)
      ? []
      : this.editor.forms.of(item)?.saver.fields();
    if (fields?.length && item.dataset.block) this.unsaved.set(item.dataset.block, fields);
    this.editor.forms.forget(item);
  }

  private unbury(): void {
    for (const item of this.items()) {
      const fields = this.unsaved.get(item.dataset.block ?? "");
      if (fields) this.editor.forms.open(item.dataset.block ?? "", fields);
      this.unsaved.delete(item.dataset.block ?? "");
    }
  }

  private items(): HTMLElement[] {
    return [...this.editor.list.querySelectorAll<HTMLElement>(":scope > [data-block]")];
  }

  /** Take list and tools over from the composer's page; `page` is one that was just fetched. */
  private async refresh(page?: Document): Promise<void> {
    let fresh = page ?? (await this.fetchWhole());
    // What was stored while the page was on its way is not in it. The issue may also have been begun anew meanwhile.
    for (let tries = 0; lastChange(fresh) < this.editor.lastChange; tries += 1) {
      if (tries === MOST_TRIES) return;
      fresh = await this.fetchWhole();
    }
    const list = fresh.querySelector<HTMLElement>("#block-list");
    if (!list) throw new Error("not the composer");
    dropUndoBars(this.editor);
    const outdated = reconcile(this.editor.list, list, (item) => {
      // Text that somebody else's deletion has overtaken stays to be copied, or saved after an undo.
      const mayGo = this.editor.forms.isClean(item);
      if (mayGo) this.editor.forms.forget(item);
      return mayGo;
    });
    this.remember();
    for (const id of ["composer-tools", "block-end", "preview-audience"])
      takePart(this.editor, fresh, id);
    this.editor.preview.keepAudience();
    this.editor.facts.takePage(fresh);
    // A form with text that could not be stored stays; its next save meets the other text and shows both.
    const replaced = outdated.filter((item) => this.editor.forms.isClean(item));
    await Promise.all(replaced.map((item) => this.editor.forms.reopen(item)));
    this.editor.showAll();
  }

  private async fetchWhole(): Promise<Document> {
    return fetchPage(this.editor.scope).catch((error) => {
      if (error instanceof RefusedError) noteDeleted(); // a composer that is not there
      throw error;
    });
  }

  private tellDone(name: string, item: HTMLElement | null, behind: HTMLElement | null): void {
    if (name === "delete") {
      showUndoBar(this.editor, behind, () => this.step("undo"));
    } else if (name === "undo") {
      this.unbury();
    } else if (item?.isConnected && ["up", "down", "place"].includes(name)) {
      const blocks = this.items();
      item.scrollIntoView({ block: "nearest" });
      this.editor.say(say("moved", { place: blocks.indexOf(item) + 1, all: blocks.length }));
    }
  }
}

/** The block that has the focus and those around it, nearest first. */
function* nearby(): Generator<HTMLElement> {
  const held = document.activeElement?.closest<HTMLElement>("#block-list > li");
  for (let one = held; one; one = one.previousElementSibling as HTMLElement | null) yield one;
  for (let one = held; one; one = one.nextElementSibling as HTMLElement | null) yield one;
}

/** Give the focus to a block's title, or to that of all blocks. */
function goTo(place: HTMLElement): void {
  place.querySelector<HTMLElement>("[data-open], #blocks-title")?.focus();
}

function read(form: HTMLFormElement): URLSearchParams {
  return new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** Return the number of the last change that a page knows of. */
function lastChange(page: Document): number {
  return Number(page.querySelector<HTMLElement>("#composer-tools")?.dataset.change ?? Number.NaN);
}

function takePart(editor: HTMLElement, fresh: Document, id: string): void {
  const own = editor.querySelector<HTMLElement>(`#${id}`);
  const newer = fresh.getElementById(id);
  if (!own || !newer) return;
  const taken = document.importNode(newer, true);
  const size = own.querySelector("[data-size]");
  if (size) taken.querySelector("[data-size]")?.replaceWith(size);
  const held = own.contains(document.activeElement);
  const act = held ? document.activeElement?.closest<HTMLElement>("[data-act]")?.dataset.act : "";
  own.replaceWith(taken);
  const help = taken.querySelector<HTMLElement>("[data-help]");
  if (help) help.hidden = false;
  const same = taken.querySelector<HTMLElement>(`[data-act="${act}"] button`);
  if (held) (same ?? taken.querySelector("a"))?.focus();
}
