// The mail beside the forms. Its frame runs no script; this page changes the blocks between their marking comments.
import { catchDrops } from "./drops";
import type { Answer, Seen } from "./saver";
import { make, say } from "./words";

const MODES = ["desktop", "phone", "dark", "inverted", "bare", "text", "web", "inbox"] as const;
type Mode = (typeof MODES)[number];
// As mail programs do that turn all colours round, whatever the mail says of itself, and leave pictures alone.
const INVERTED = "invert(1) hue-rotate(180deg)";
const MAIL_WIDTH = 640; // from 600 on a mail is as on a desktop
const NARROWEST = 480; // below that it stands on a phone
const SIZE_NEAR = 0.93; // of the most a mail may have
const INBOX_WIDTHS = [40, 85, 110];

export class Preview {
  private mode: Mode = "desktop";
  private hashes: Record<string, string> = {};
  private scroll = 0;
  private audience = ""; // a list whose readers are looked over the shoulder
  private readonly frame: HTMLIFrameElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly open: (block: string) => void,
    private readonly weighed: (bytes: number) => void,
  ) {
    this.frame = root.querySelector("iframe") as HTMLIFrameElement;
    for (const tab of this.tabs()) {
      tab.addEventListener("click", () => this.show(tab.dataset.mode as Mode));
    }
    const modes = root.querySelector<HTMLElement>(".preview-modes");
    if (modes) modes.hidden = false;
    root.addEventListener("change", (event) => {
      const list = (event.target as Element).closest<HTMLSelectElement>("#to-list");
      if (!list) return;
      this.audience = list.value;
      this.reload();
    });
    // So narrow a mail program would show it as on a phone: a mail beside the forms is made smaller instead.
    new ResizeObserver(() => this.fit()).observe(root);
    this.frame.addEventListener("load", () => this.dress());
    this.dress();
  }

  /** What the frame shows, as the server wants to hear it. */
  seen(): Seen {
    const blocks = Object.entries(this.hashes).map(([block, hash]) => `${block}:${hash}`);
    return { seen: blocks.join(" "), to_list: this.audience };
  }

  nextMode(): true {
    this.show(MODES[(MODES.indexOf(this.mode) + 1) % MODES.length] ?? "desktop");
    return true;
  }

  /** The choice of lists was made anew: what was chosen stays chosen where that can be. */
  keepAudience(): void {
    const choice = this.root.querySelector<HTMLSelectElement>("#to-list");
    const has = [...(choice?.options ?? [])].some((one) => one.value === this.audience);
    if (!has) this.audience = "";
    if (choice) choice.value = this.audience;
  }

  /** Take over what an answer says has changed; the frame is loaded anew when blocks have come, gone or moved. */
  update(answer: Answer, whole = false): void {
    if (answer.subject !== undefined) this.tell(answer);
    if (!answer.hashes || !answer.changed) return;
    const marks = this.marks();
    const isSame = marks.map(([id]) => id).join(" ") === Object.keys(answer.hashes).join(" ");
    this.hashes = answer.hashes;
    if (this.mode === "text" || this.mode === "web" || whole || !isSame) {
      this.reload();
      return;
    }
    for (const [id, start, end] of marks) {
      const html = answer.changed[id];
      if (html !== undefined) replaceBetween(start, end, html);
    }
    this.dressDocument();
  }

  reload(): void {
    if (this.root.closest(".is-deleted")) return; // there is nothing but what the frame holds
    this.hashes = {};
    // No document: the frame shows what is not ours to look into, such as a page that a link led to.
    const view = this.frame.contentDocument?.defaultView;
    this.scroll = view?.scrollY ?? this.scroll;
    const address = this.address();
    if (view && view.location.pathname + view.location.search === address) view.location.reload();
    else this.frame.src = address;
  }

  scrollTo(id: string): void {
    const mark = this.marks().find(([one]) => one === id);
    const first = mark?.[1].nextElementSibling;
    first?.scrollIntoView({ block: "nearest" });
  }

  private show(mode: Mode): void {
    this.mode = mode;
    for (const tab of this.tabs())
      tab.setAttribute("aria-pressed", String(tab.dataset.mode === mode));
    this.frame.classList.toggle("preview-phone", mode === "phone");
    this.frame.hidden = mode === "inbox";
    this.fit();
    const lines = this.root.querySelector<HTMLElement>(".inbox-lines");
    if (lines) lines.hidden = mode !== "inbox";
    if (mode !== "inbox") this.reload();
  }

  private fit(): void {
    const width = this.frame.parentElement?.clientWidth ?? 0;
    const isWide = this.mode !== "phone" && this.mode !== "web" && width >= NARROWEST;
    const scale = isWide ? Math.min(1, width / MAIL_WIDTH) : 1;
    this.frame.style.setProperty("--scale", String(scale));
    this.frame.parentElement?.classList.toggle("is-scaled", scale < 1);
  }

  private tabs(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>("[data-mode]")];
  }

  private address(): string {
    const own = this.root.closest<HTMLElement>("issue-editor")?.dataset;
    if (this.mode === "web") return `${own?.page}/preview/web`;
    const asked = new URLSearchParams();
    if (this.mode === "text") asked.set("form", "text");
    if (this.audience) asked.set("to", this.audience);
    return `${own?.own}/live${asked.size ? `?${asked}` : ""}`;
  }

  private dress(): void {
    const view = this.frame.contentWindow;
    if (!view || !this.frame.contentDocument) return;
    view.scrollTo(0, this.scroll);
    this.frame.contentDocument.addEventListener("click", (event) =>
      this.click(event as MouseEvent),
    );
    catchDrops(this.frame.contentDocument);
    this.hearFrame(this.frame.contentDocument);
    this.dressDocument();
  }

  /** Take what the mail in the frame says of itself. */
  private hearFrame(page: Document): void {
    const said = (name: string) =>
      page.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content;
    const [subject, preheader, bytes] = ["subject", "preheader", "bytes"].map(said);
    if (subject !== undefined && bytes) this.tell({ subject, preheader, bytes: Number(bytes) });
  }

  private tell(answer: Pick<Answer, "subject" | "preheader" | "bytes">): void {
    this.showInbox(answer.subject ?? "", answer.preheader ?? "");
    if (answer.bytes) this.weighed(answer.bytes);
  }

  private dressDocument(): void {
    const page = this.frame.contentDocument;
    if (!page) return;
    if (this.mode === "inverted")
      for (const part of [page.documentElement, ...page.images]) part.style.filter = INVERTED;
    if (this.mode === "bare") for (const image of page.images) image.removeAttribute("src");
    for (const sheet of this.mode === "dark" ? page.styleSheets : []) {
      for (const rule of sheet.cssRules) {
        const media = "media" in rule ? (rule as CSSMediaRule).media : null;
        if (media?.mediaText.includes("prefers-color-scheme")) media.mediaText = "all";
      }
    }
  }

  private click(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || this.mode === "text") return;
    const target = event.target as Node;
    if (this.mode === "web") {
      leadOut(target as Element);
      return;
    }
    const range = (this.frame.contentDocument as Document).createRange();
    for (const [id, start, end] of this.marks()) {
      range.setStartAfter(start);
      range.setEndBefore(end);
      if (range.intersectsNode(target)) {
        event.preventDefault();
        this.open(id);
        return;
      }
    }
  }

  /** Return each block's id with the comments before and behind it. */
  private marks(): [string, Comment, Comment][] {
    const page = this.frame.contentDocument;
    if (!page) return [];
    const walker = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
    const found: [string, Comment, Comment][] = [];
    const open = new Map<string, Comment>();
    while (walker.nextNode()) {
      const comment = walker.currentNode as Comment;
      const [, slash, id] = /^(\/?)block:([\w-]+)$/.exec(comment.data) ?? [];
      if (!id) continue;
      const start = open.get(id);
      if (slash && start) found.push([id, start, comment]);
      else open.set(id, comment);
    }
    return found;
  }

  /** Show sender, subject and preview line as inboxes of three widths cut them. */
  showInbox(subject: string, preheader: string): void {
    const sender = this.root.closest<HTMLElement>("issue-editor")?.dataset.sender ?? "";
    const lines = INBOX_WIDTHS.map((width) => {
      const text = [...`${subject} – ${preheader}`];
      const cut = text.length > width ? `${text.slice(0, width).join("")} …` : text.join("");
      return make("p", {}, make("strong", {}, sender), make("br"), cut);
    });
    this.root.querySelector(".inbox-lines")?.replaceChildren(...lines);
  }
}

/** A link of the web page opens in a tab of its own; the frame stays, unless the link only leads down the page. */
function leadOut(clicked: Element): void {
  const link = clicked.closest<HTMLAnchorElement>("a[href]:not([href^='#'])");
  if (link) Object.assign(link, { target: "_blank", rel: "noopener" });
}

function replaceBetween(start: Comment, end: Comment, html: string): void {
  const range = start.ownerDocument.createRange();
  range.setStartAfter(start);
  range.setEndBefore(end);
  range.deleteContents();
  range.insertNode(range.createContextualFragment(html));
}

/** Say how large the mail is, and whether that is too much, or nearly. */
export function tellSize(bytes: number, place: HTMLElement): void {
  const most = Number(place.dataset.most);
  const size = say("size", { kb: Math.ceil(bytes / 1000), most: Math.floor(most / 1000) });
  const tone = bytes > most ? "error" : bytes > SIZE_NEAR * most ? "warning" : "";
  const words = { error: "sizeBad", warning: "sizeNear", "": "" }[tone];
  place.textContent = words ? `${size}. ${say(words)}` : size;
  place.dataset.tone = tone;
}
