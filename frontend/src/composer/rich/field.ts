// <rich-text>: writes in the textarea it holds by ProseMirror; without script the textarea is there as it is.
import { baseKeymap, chainCommands, exitCode, toggleMark } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { undoInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { liftListItem, sinkListItem, splitListItem } from "prosemirror-schema-list";
import { type Command, EditorState, type Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { button, make, say } from "../words";
import { cleanPaste, hasFormatting } from "./clean";
import { askLink } from "./link";
import { names } from "./name";
import { readHtml, schema, writeHtml } from "./schema";
import { makeToolbar, type Toolbar } from "./toolbar";
import { typing } from "./typing";

const PASTE_SHOWN_MS = 8000;

class RichText extends HTMLElement {
  private view: EditorView | null = null;
  private toolbar: Toolbar | null = null;
  private field: HTMLTextAreaElement | null = null;

  connectedCallback(): void {
    this.field = this.querySelector("textarea");
    if (!this.field || this.view) return;
    const { field } = this;
    const label = this.closest(".field")?.querySelector("label");
    if (label && !label.id) label.id = `${field.id}-label`;
    label?.addEventListener("click", () => this.view?.focus());
    field.hidden = true;
    const place = make("div", { class: "rich-place" });
    this.append(place);
    this.view = new EditorView(place, {
      state: this.load(),
      attributes: () => this.describe(label?.id ?? ""),
      transformPastedHTML: (html) => this.paste(html),
      handlePaste: (_view, { clipboardData }) => this.isPicture(clipboardData),
      dispatchTransaction: (change) => {
        if (!this.view) return;
        this.view.updateState(this.view.state.apply(change));
        this.toolbar?.update(this.view.state);
        if (change.docChanged) this.write();
      },
      handleDOMEvents: {
        blur: () => {
          field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
          return false;
        },
      },
    });
    this.toolbar = makeToolbar(this.view);
    place.before(this.toolbar.node);
    field.addEventListener("refill", () => this.view?.updateState(this.load()));
    field.addEventListener("focus", () => this.view?.focus());
  }

  disconnectedCallback(): void {
    // Moved within the page it stays; taken out of it, it is gone by the next turn.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.view?.destroy();
      this.view = null;
    });
  }

  private load(): EditorState {
    const own = plugins(() => this.field?.lang ?? "");
    return EditorState.create({ doc: readHtml(this.field?.value ?? ""), plugins: own });
  }

  private describe(label: string): Record<string, string> {
    const { field } = this;
    const own: Record<string, string> = {
      role: "textbox",
      "aria-multiline": "true",
      class: "rich-input",
    };
    if (label) own["aria-labelledby"] = label;
    if (field?.lang) own.lang = field.lang;
    for (const name of ["aria-describedby", "aria-invalid"]) {
      const value = field?.getAttribute(name);
      if (value) own[name] = value;
    }
    return own;
  }

  private write(): void {
    if (!this.field || !this.view) return;
    this.field.value = writeHtml(this.view.state.doc);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private paste(html: string): string {
    const words = /<img\b|v:imagedata/i.test(html) ? "noPictures" : "";
    if (hasFormatting(html)) window.setTimeout(() => this.tellPasted("pasted", words));
    return cleanPaste(html);
  }

  /** A picture alone, such as of the screen. */
  private isPicture(data: DataTransfer | null): boolean {
    const isIt = !!data?.files.length && !data.types.some((type) => type.startsWith("text/"));
    if (isIt) this.tellPasted("noPictures");
    return isIt;
  }

  private tellPasted(...words: string[]): void {
    this.querySelector(".rich-note")?.remove();
    const told = words.filter(Boolean).map((word) => say(word));
    const note = make("p", { class: "rich-note small secondary row", role: "status" });
    note.append(told.join(" "));
    if (words.includes("pasted"))
      note.append(
        button(say("undo"), () => {
          if (this.view) undo(this.view.state, this.view.dispatch);
          note.remove();
          this.view?.focus();
        }),
      );
    this.append(note);
    window.setTimeout(() => note.remove(), PASTE_SHOWN_MS);
  }
}

function plugins(lang: () => string): Plugin[] {
  const { hard_break: lineBreak, list_item: item } = schema.nodes;
  const breakLine: Command = (state, dispatch) => {
    if (lineBreak) dispatch?.(state.tr.replaceSelectionWith(lineBreak.create()).scrollIntoView());
    return true;
  };
  const keys: Record<string, Command> = {
    Backspace: undoInputRule, // gives back what was typed; anything else is deleted as ever
    "Mod-z": undo,
    "Mod-y": redo,
    "Mod-Shift-z": redo,
    "Mod-k": (state, _dispatch, view) => askLink(state, view),
    "Shift-Enter": chainCommands(exitCode, breakLine),
  };
  const { strong, em } = schema.marks;
  if (strong) keys["Mod-b"] = toggleMark(strong);
  if (em) keys["Mod-i"] = toggleMark(em);
  if (item) {
    keys.Enter = splitListItem(item);
    keys["Mod-["] = liftListItem(item);
    keys["Mod-]"] = sinkListItem(item);
  }
  return [names, ...typing(lang), keymap(keys), keymap(baseKeymap), history()];
}

customElements.define("rich-text", RichText);
