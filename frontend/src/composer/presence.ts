// Tells the server every fifteen seconds which block is open here, and shows who has which one.
import { noteDeleted } from "./deleted";
import type { Facts } from "./facts-form";
import { takeNumber } from "./renumbered";
import { TAB } from "./tab";
import { say } from "./words";

type People = { name: string; block: string }[];
const BEAT_MS = 15000;

export class Presence {
  private people: People = [];
  private isBeating = false;

  /** `changed` is told the revision of each block and the facts, unless an operation goes on or came between (another `turn`). */
  constructor(
    private readonly root: HTMLElement,
    private readonly openBlock: () => string,
    private readonly turn: () => number | null,
    private readonly changed: (blocks: Record<string, number>, facts: Facts) => void,
    private readonly renumbered: () => void,
  ) {
    void this.beat();
    window.setInterval(() => void this.beat(), BEAT_MS);
  }

  /** Return who else has a block open, or nothing. */
  editorOf(block: string): string {
    return this.people.find((one) => one.block === block)?.name ?? "";
  }

  async beat(): Promise<void> {
    if (this.isBeating) return;
    this.isBeating = true;
    const turn = this.turn();
    const body = new URLSearchParams({ tab: TAB, block: this.openBlock() });
    try {
      const response = await fetch(`${this.root.dataset.own}/presence`, { method: "POST", body });
      if (response.status === 404) noteDeleted();
      if (!response.ok || !response.headers.get("content-type")?.includes("json")) return;
      const { people, blocks, facts, number } = await response.json();
      if (takeNumber(this.root, number)) this.renumbered();
      this.people = people;
      this.show();
      if (turn !== null && turn === this.turn()) this.changed(blocks, facts);
    } catch {
      // Saving says that there is no connection.
    } finally {
      this.isBeating = false;
    }
  }

  show(): void {
    for (const item of this.root.querySelectorAll<HTMLElement>("[data-block]")) {
      const badge = item.querySelector<HTMLElement>("[data-presence]");
      const name = this.editorOf(item.dataset.block ?? "");
      if (!badge) continue;
      badge.hidden = !name;
      badge.textContent = name ? say("editing", { name }) : "";
    }
  }
}
