// Stores one form in the pauses of typing: never two requests at once, nothing given up, every key kept meanwhile.
import { noteDeleted, noteThere } from "./deleted";
import { type Failure, judge, passes } from "./failures";
import { dropCopy, type Fields, keepCopy } from "./local-copy";
import { TAB } from "./tab";

export type Answer = {
  block?: string;
  revision?: number;
  faults?: Record<string, string>;
  theirs?: [string, string][];
  isOwn?: boolean;
  hashes?: Record<string, string>;
  changed?: Record<string, string>;
  bytes?: number;
  subject?: string;
  preheader?: string;
  facts?: Record<string, string>;
  change?: number;
  undo?: [number, string] | null;
};
/** The worst comes first. */
export const STATES = [
  "signedOut",
  "offline",
  "broken",
  "refused",
  "tooLong",
  "noIssue",
  "gone",
  "conflict",
  "wrong",
  "saving",
  "saved",
] as const;
export type State = (typeof STATES)[number];
/** What the preview shows: its blocks with their hashes, and for the readers of which list. */
export type Seen = { seen: string; to_list: string };
export type Heard = (saver: Saver, state: State, answer: Answer) => void;

const PAUSE_MS = 60;
const RETRY_MS = [1000, 2000, 5000, 10000];

export class Saver {
  state: State = "saved";
  private isDirty = false;
  private isOver = false;
  private running: Promise<void> | null = null;
  private timer = 0;
  private failures = 0;

  /** `seen` tells what the preview shows; `heard` is told of every change of state. */
  constructor(
    readonly form: HTMLFormElement,
    readonly scope: string,
    public url: string,
    private readonly seen: () => Seen,
    private readonly heard: Heard,
    private readonly isSent: (name: string) => boolean = () => true,
  ) {}

  get isClean(): boolean {
    return !this.isDirty && this.state === "saved";
  }

  /** Something was typed; what is not `worthKeeping` has no words yet. */
  note(worthKeeping = true): void {
    if (this.isOver) return; // a field that is taken away with its form tells of a change once more
    this.isDirty = true;
    if (worthKeeping) keepCopy(this.scope, this.key, this.url, this.fields());
    else this.dropCopy();
    if (this.state === "conflict") return;
    this.tell("saving", {});
    this.later(PAUSE_MS);
  }

  /** Save now; resolves when the server has everything, also what is typed meanwhile, or does not take it. */
  async flush(): Promise<void> {
    do {
      clearTimeout(this.timer);
      if (this.running) await this.running;
      else if (this.isDirty && this.state !== "conflict") await this.run();
    } while (this.isDirty && this.failures === 0 && this.state !== "conflict");
  }

  /** The conflict was settled in favour of this tab: what was typed replaces `revision`. */
  settle(revision?: number): void {
    if (revision !== undefined) this.setRevision(revision);
    this.state = "saving";
    this.isDirty = true;
    this.later(0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.isOver = true;
    this.isDirty = false;
    this.dropCopy();
  }

  dropCopy(): void {
    dropCopy(this.key);
  }

  /** Names this form among all that are kept: two new blocks of one kind have the same address. */
  private get key(): string {
    const id = this.form.elements.namedItem("id");
    return id instanceof HTMLInputElement && id.value ? `${this.url}#${id.value}` : this.url;
  }

  fields(): Fields {
    const all: Fields = [];
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string" && this.isSent(name)) all.push([name, value]);
    }
    return all;
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.run(), ms);
  }

  private run(): Promise<void> {
    // What is typed while a request is out waits for its answer, since it may have been stored already.
    this.running ??= this.send().finally(() => {
      this.running = null;
      if (this.isDirty && this.state !== "conflict" && this.failures === 0) this.later(PAUSE_MS);
    });
    return this.running;
  }

  private async send(): Promise<void> {
    this.isDirty = false;
    this.tell("saving", {});
    const body = new URLSearchParams(this.fields());
    body.set("tab", TAB);
    for (const [name, value] of Object.entries(this.seen())) body.set(name, value);
    let response: Response;
    try {
      response = await fetch(this.url, {
        method: "POST",
        body,
        signal: AbortSignal.timeout(15000),
      });
    } catch {
      return this.fail("offline");
    }
    const isJson = response.headers.get("content-type")?.includes("json");
    if (!isJson && response.status === 404) {
      noteDeleted();
      return this.tell("noIssue", {});
    }
    if (!isJson || response.status >= 500)
      return this.fail(judge(response.redirected ? 401 : response.status));
    this.failures = 0;
    const answer: Answer = await response.json().catch(() => ({}));
    if (response.status === 404) return this.tell("gone", answer);
    if (response.status === 409) return this.tell("conflict", answer);
    if (!response.ok) return this.tell("wrong", answer);
    noteThere();
    if (answer.revision !== undefined) this.setRevision(answer.revision);
    if (!this.isDirty) this.dropCopy();
    this.tell("saved", answer);
    if (this.isDirty) this.tell("saving", {}); // something was typed while it was stored
  }

  /** What does not pass by itself is told, and the next key tries again. */
  private fail(failure: Failure): void {
    const isTried = passes(failure);
    this.isDirty ||= isTried;
    this.tell(failure, {});
    if (isTried) this.later(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? 10000);
    this.failures = isTried ? this.failures + 1 : 0;
  }

  private tell(state: State, answer: Answer): void {
    this.state = state;
    this.heard(this, state, answer);
  }

  private setRevision(revision: number): void {
    const field = this.form.elements.namedItem("revision");
    if (field instanceof HTMLInputElement) field.value = String(revision);
  }
}
