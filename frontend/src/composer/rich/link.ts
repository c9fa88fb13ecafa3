// Asking where a link goes: a dialog with one field; what looks like an address of a page or a person is completed.
import { type EditorState, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { ask } from "../ask";
import { button, make, say } from "../words";
import { isAddress, SCHEMES, schema } from "./schema";

export function askLink(state: EditorState, view?: EditorView): boolean {
  const { link } = schema.marks;
  if (!view || !link) return false;
  const { from, to } = linkAround(state);
  const former = state.doc
    .resolve(Math.min(from + 1, state.doc.content.size))
    .marks()
    .find((mark) => mark.type === link);
  const field = make("input", {
    type: "text",
    id: "link-address",
    inputmode: "url",
    spellcheck: "false",
    autocomplete: "off",
  });
  field.value = former?.attrs.href ?? "";
  const finish = (href: string | null) => {
    const change = view.state.tr.removeMark(from, to, link);
    if (href && from === to)
      change.insertText(href.replace(/^(https?:\/\/|mailto:|tel:)/, ""), from);
    if (href) change.addMark(from, Math.max(to, change.mapping.map(to)), link.create({ href }));
    view.dispatch(change);
  };
  const take = () => {
    const href = completeAddress(field.value);
    if (href) finish(href);
    return href ? "" : say("linkBad");
  };
  const label = make("label", { for: "link-address" }, say("linkAddress"));
  const dialog = ask(say("link"), [make("div", { class: "field" }, label, field)], take, () =>
    view.focus(),
  );
  if (former) {
    const remove = button(say("removeLink"), () => {
      finish(null);
      dialog.close();
    });
    dialog.querySelector(".row")?.append(remove);
  }
  field.select();
  return true;
}

/** Return a full address for what was typed, or nothing when it cannot be one. */
export function completeAddress(typed: string): string {
  const text = typed.trim();
  if (!text || /\s/.test(text)) return "";
  if (SCHEMES.test(text)) return isAddress(text) ? text : "";
  if (/^[^@/]+@[^@/]+\.[^@/]+$/.test(text)) return `mailto:${text}`;
  const page = `https://${text}`;
  return /^[^@/:]+\.[^@/:]{2,}(\/|$)/.test(text) && isAddress(page) ? page : "";
}

/** The selection, or the whole link that the cursor stands in. */
function linkAround(state: EditorState): { from: number; to: number } {
  const { selection } = state;
  const { link } = schema.marks;
  if (!(selection instanceof TextSelection) || !selection.empty || !link) return selection;
  const { $from } = selection;
  const mark = link.isInSet($from.marks());
  if (!mark) return selection;
  let { pos: from } = $from;
  let to = from;
  $from.parent.forEach((node, offset) => {
    const start = $from.start() + offset;
    const end = start + node.nodeSize;
    if (mark.isInSet(node.marks) && start <= $from.pos && end >= $from.pos) {
      from = start;
      to = end;
    }
  });
  return { from, to };
}
