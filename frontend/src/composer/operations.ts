// The operations of the page's own forms, one after the other and without leaving the page: move, copy, delete, undo.
import type { IssueEditor } from "./editor";
import { reconcile } from "./list";
import { fetchPage, SignedOutError } from "./pages";
import { button, make, say } from "./words";

export class Operations {
  private busy: Promise<void> = Promise.resolve();
  private running = 0;
  private ended = 0;

  constructor(private readonly editor: IssueEditor) {}

  send(form: HTMLFormElement): void {
    const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    const address = form.getAttribute("action") ?? "";
    this.do(address, new URLSearchParams(fields), form.dataset.act ?? "", form.closest("li"));
  }

  place(item: HTMLElement, place: number): void {
    const address = `${this.editor.scope}/b/${item.dataset.block}/place`;
    this.do(address, new URLSearchParams({ to: String(place) }), "place", item);
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

  private do(address: string, body: URLSearchParams, name: string, item: HTMLElement | null): void {
    this.running += 1;
    this.busy = this.busy.then(async () => {
      await this.editor.flush();
      this.dropUndoBar();
      const behind = item?.nextElementSibling as HTMLElement | null | undefined;
      try {
        if (name === "delete" && item) this.editor.forget(item);
        await this.refresh(await fetchPage(address, body));
        this.tellDone(name, item, behind ?? null);
      } catch (error) {
        this.editor.showState(error instanceof SignedOutError ? "signedOut" : "offline");
      }
      this.running -= 1;
      this.ended += 1;
      this.editor.preview.reload();
    });
  }

  /** Take list and tools over from the composer's page; `page` is one that was just fetched. */
  private async refresh(page?: Document): Promise<void> {
    const fresh = page ?? (await fetchPage(this.editor.scope));
    const list = fresh.querySelector<HTMLElement>("#block-list");
    if (!list) throw new Error("not the composer");
    this.dropUndoBar();
    const outdated = reconcile(this.editor.list, list, (item) => {
      // Text that somebody else's deletion has overtaken stays to be copied, or saved after an undo.
      const mayGo = this.editor.isClean(item);
      if (mayGo) this.editor.forget(item);
      return mayGo;
    });
    for (const id of ["composer-tools", "block-end"]) takePart(this.editor, fresh, id);
    this.editor.facts.take(fresh);
    // A form with text that could not be stored stays; its next save meets the other text and shows both.
    const replaced = outdated.filter((item) => this.editor.isClean(item));
    await Promise.all(replaced.map((item) => this.editor.reopen(item)));
    this.editor.showAll();
  }

  private tellDone(name: string, item: HTMLElement | null, behind: HTMLElement | null): void {
    const { list } = this.editor;
    if (name === "delete") {
      this.showUndoBar(behind);
    } else if (item?.isConnected && ["up", "down", "place"].includes(name)) {
      const blocks = [...list.querySelectorAll(":scope > [data-block]")];
      item.scrollIntoView({ block: "nearest" });
      this.editor.say(say("moved", { place: blocks.indexOf(item) + 1, all: blocks.length }));
    }
  }

  /** Stays until somebody makes another step, however long that takes: it undoes the latest. */
  private showUndoBar(behind: HTMLElement | null): void {
    const undo = button(say("undo"), () => this.editor.act("undo", null));
    const row = make("div", { class: "row" }, make("p", {}, say("deleted")), undo);
    const bar = make(
      "li",
      { class: "undo-bar" },
      make("div", { class: "notice notice-info" }, make("span"), row),
    );
    // Where the block was: before the one behind it, or at the end.
    if (behind?.isConnected) behind.before(bar);
    else this.editor.list.append(bar);
    const title = (
      bar.nextElementSibling ?? bar.previousElementSibling
    )?.querySelector<HTMLElement>("[data-open]");
    (title ?? undo).focus();
    this.editor.say(say("deleted"));
  }

  dropUndoBar(): void {
    for (const bar of this.editor.querySelectorAll(".undo-bar")) bar.remove();
  }
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
