// <take-picture>: brings a picture of one's own into a block's form, chosen, dropped or pasted, once it is described.
import { judge, passes, tellError } from "./failures";
import { fetchPage, prefixIds } from "./pages";
import { endTurn, takeTurn } from "./turns";
import { make, say } from "./words";

const MOST_BYTES = 25_000_000; // of more the server hangs up before it could say so
const RETRY_MS = 3000; // at first; twice as long each time, since a picture is heavy
const LONGEST_RETRY_MS = 60_000;

export class TakePicture extends HTMLElement {
  private panel: HTMLElement | null = null;
  private request: XMLHttpRequest | null = null;
  private timer = 0;
  private failures = 0;
  private hash = "";
  private isWanted = false;
  private words = ""; // that described a picture which was refused

  connectedCallback(): void {
    if (!this.hidden) return; // moved, with all that goes on in it
    this.hidden = false;
    // What is filled in here is not the block's yet.
    this.addEventListener("input", (event) => event.stopPropagation());
    this.addEventListener("change", (event) => {
      event.stopPropagation();
      const file = event.target === this.input && this.input.files?.[0];
      if (file) this.take(file);
    });
    this.addEventListener("click", (event) => {
      const pressed = (event.target as Element).closest("button");
      if (pressed?.dataset.use !== undefined) void this.use();
      else if (pressed) this.end();
    });
    this.addEventListener("keydown", (event) => {
      const isUsed = event.key === "Enter" && event.target === this.alt;
      if (!isUsed && (event.key !== "Escape" || !this.panel)) return;
      event.preventDefault();
      event.stopPropagation();
      if (isUsed) void this.use();
      else this.end();
    });
  }

  disconnectedCallback(): void {
    queueMicrotask(() => this.isConnected || this.end());
  }

  /** Send a picture, and ask meanwhile what it says to those who do not see it. */
  take(file: File): void {
    this.end();
    this.querySelector(".not-taken")?.remove();
    if (file.size > MOST_BYTES) {
      this.tell(say("tooBig", { name: file.name }), this.input);
      return;
    }
    const panel = document.querySelector<HTMLTemplateElement>("#picture-panel");
    if (!panel) return;
    const content = document.importNode(panel.content, true);
    prefixIds(content, `${this.id}-`);
    this.append(content);
    this.panel = this.lastElementChild as HTMLElement;
    this.classList.add("is-busy");
    if (this.alt) this.alt.value = this.words;
    this.send(file);
    this.alt?.focus();
  }

  /** Tell which files were not taken with it. */
  tellLeft(names: string[]): void {
    const words = say("notTaken", { names: names.join(", ") });
    this.prepend(make("p", { class: "not-taken small", role: "alert" }, words));
  }

  /** Go to the words that describe it. */
  goOn(): void {
    this.alt?.focus();
  }

  private get input(): HTMLInputElement {
    return this.querySelector("input") as HTMLInputElement;
  }

  private get alt(): HTMLInputElement | null {
    return this.querySelector("[type=text]");
  }

  private get tick(): HTMLInputElement | null {
    return this.querySelector("[type=checkbox]");
  }

  private send(file: File): void {
    const body = new FormData();
    body.set("file", file);
    const request = new XMLHttpRequest(); // which tells how far it has come
    this.request = request;
    request.upload.onprogress = ({ loaded, total }) => {
      const bar = this.querySelector("progress");
      if (bar) bar.value = loaded / total;
    };
    request.onloadend = () => {
      endTurn();
      if (this.request === request) this.hear(request, file);
    };
    takeTurn(() => {
      if (this.request !== request) return endTurn(); // given up while it waited
      request.open("POST", `${this.dataset.files}/picture`);
      request.send(body);
    });
  }

  private hear(request: XMLHttpRequest, file: File): void {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const shown = page.querySelector<HTMLElement>("[data-hash]");
    const failure = judge(request.status);
    if (shown) this.show(shown);
    else if (passes(failure)) {
      this.tell(say(failure), this.alt);
      const pause = Math.min(RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS);
      this.timer = window.setTimeout(() => this.send(file), pause);
      this.failures += 1;
    } else {
      const words = failure === "tooLong" ? say("tooBig", { name: file.name }) : say(failure);
      const fault = request.status === 422 ? page.querySelector(".fault")?.textContent : "";
      this.words = this.alt?.value ?? "";
      this.end();
      this.tell(fault || words, this.input);
    }
  }

  /** It is there: show its size and weight, and the words that are known of it already. */
  private show(shown: HTMLElement): void {
    const { hash, alt, decorative } = shown.dataset;
    this.tell("");
    this.panel?.querySelector("progress")?.parentElement?.remove();
    this.panel?.querySelector("[role=status]")?.append(shown);
    if (this.alt && this.tick && !this.alt.value && !this.tick.checked) {
      this.alt.value = alt ?? "";
      this.tick.checked = !!decorative;
    }
    this.hash = hash ?? "";
    if (this.isWanted) void this.use();
  }

  /** Describe it in the library, and choose it in the form; as soon as it is there. */
  private async use(): Promise<void> {
    const { alt, tick, hash } = this;
    this.isWanted = true;
    if (!alt || !tick || !hash) return;
    const body = new URLSearchParams({ alt: alt.value, decorative: tick.checked ? "yes" : "" });
    const page = await fetchPage(`${this.dataset.files}/${hash}`, body).catch(tellError);
    if (this.hash !== hash) return;
    const isPage = page instanceof Document;
    const fault = isPage ? page.querySelector("#alt-fault")?.textContent : page;
    if (fault) {
      this.tell(fault, alt);
      alt.focus();
    } else this.choose(hash, tick.checked ? "" : alt.value, tick.checked);
  }

  private choose(hash: string, alt: string, isDecorative: boolean): void {
    const { name } = this.dataset;
    const form = this.closest("form");
    const fields = form?.elements;
    (fields?.namedItem(`${name}.alt`) as HTMLInputElement).value = alt;
    (fields?.namedItem(`${name}.decorative`) as HTMLInputElement).checked = isDecorative;
    const chosen = make("input", { type: "radio", name: `${name}.asset`, value: hash, hidden: "" });
    this.after(chosen);
    chosen.checked = true;
    this.words = "";
    this.end();
    if (document.activeElement === this.input)
      form?.querySelector<TakePicture>("take-picture.is-busy")?.goOn();
    if (this.closest("issue-editor")) {
      chosen.dispatchEvent(new Event("change", { bubbles: true }));
    } else this.parentElement?.querySelector<HTMLElement>("[name=look]")?.click();
    const told = document.querySelector("[data-say]");
    if (told) told.textContent = say("pictureIn");
  }

  private end(): void {
    const { request } = this;
    clearTimeout(this.timer);
    this.request = null;
    this.failures = 0;
    request?.abort();
    this.hash = "";
    this.isWanted = false;
    this.input.value = "";
    this.tell("");
    this.classList.remove("is-busy");
    if (this.panel?.contains(document.activeElement)) this.input.focus();
    this.panel?.remove();
    this.panel = null;
  }

  private tell(words: string, field: HTMLElement | null = null): void {
    const former = this.querySelector(".fault");
    if (former?.textContent === words) return; // said already, while it is tried again
    former?.remove();
    if (!words || !field) return;
    const fault = make("p", { class: "fault", role: "alert" }, words);
    fault.id = `${field.id}-fault`;
    field.setAttribute("aria-describedby", `${field.id}-hint ${fault.id}`);
    field.before(fault);
  }
}

customElements.define("take-picture", TakePicture);
