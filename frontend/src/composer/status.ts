// The line that says how things stand: saved and when, or what keeps it from being saved. What is bad is said aloud once.
import { STATES, type State } from "./saver";
import { say } from "./words";

const TONES: Partial<Record<State, string>> = { saved: "", saving: "", wrong: "warning" };

export class Status {
  private told = "";
  private savedAt = "";

  constructor(private readonly editor: HTMLElement) {}

  /** Show the worst of some states. */
  show(states: State[]): void {
    const state = STATES.find((one) => states.includes(one)) ?? "saved";
    const isMarked = this.editor.querySelector("[aria-invalid]") !== null;
    const words = say(state === "wrong" && !isMarked ? "missing" : state);
    this.write(
      state === "saved" ? `${words} ${this.savedAt}`.trim() : words,
      TONES[state] ?? "error",
    );
    if (state === "saved") this.told = "";
  }

  /** Something was stored just now. */
  noteSaved(): void {
    const now = new Date();
    const parts = [now.getHours(), now.getMinutes()].map((one) => String(one).padStart(2, "0"));
    this.savedAt = parts.join(document.documentElement.lang === "sv" ? "." : ":");
  }

  /** Tell why something was not done; the next change of state takes its place. */
  tell(words: string): void {
    this.told = "";
    this.write(words, "error");
  }

  say(text: string): void {
    const place = this.editor.querySelector("[data-say]");
    if (place) place.textContent = text;
  }

  private write(words: string, tone: string): void {
    const place = this.editor.querySelector<HTMLElement>("[data-state]");
    if (!place) return;
    place.textContent = words;
    place.dataset.tone = tone;
    if (tone !== "error" || words === this.told) return;
    this.told = words; // said once, however often it is tried again
    this.say(words);
  }
}
