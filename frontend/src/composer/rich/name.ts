// Readers' names in a rich text: each stands out in one piece, and is opened again by a click or Enter to be changed.
import type { Node } from "prosemirror-model";
import { type EditorState, Plugin, TextSelection } from "prosemirror-state";
import { Decoration, DecorationSet, type EditorView } from "prosemirror-view";
import { askName, NAME_FIELD } from "../names";
import { say } from "../words";

type Place = { from: number; to: number; field: string };

export const names = new Plugin({
  props: {
    decorations: ({ doc }) => DecorationSet.create(doc, findNames(doc).map(dress)),
    handleClick: (view, place) => open(view, place, place),
    handleKeyDown: (view, event) => {
      const isAlone = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
      const { from, to } = view.state.selection;
      return event.key === "Enter" && isAlone && !view.composing && open(view, from, to);
    },
  },
});

/** Put a name in where the cursor is; one that it stands in is changed. */
export function askForName(view: EditorView): void {
  const { from, to } = view.state.selection;
  ask(view, nameAt(view.state, from, to));
}

function open(view: EditorView, from: number, to: number): boolean {
  const name = nameAt(view.state, from, to);
  if (name) ask(view, name);
  return !!name;
}

function ask(view: EditorView, name?: Place): void {
  const put = (field: string) => {
    const change = view.state.tr.insertText(field, name?.from, name?.to);
    if (name) change.setSelection(TextSelection.create(change.doc, name.from + field.length));
    view.dispatch(change);
  };
  askName(put, () => view.focus(), name?.field);
}

/** Return the name in which the cursor stands, or all that is selected. */
function nameAt({ doc }: EditorState, from: number, to: number): Place | undefined {
  const isIn = (name: Place) =>
    from === to ? name.from < from && to < name.to : name.from <= from && to <= name.to;
  return findNames(doc).find(isIn);
}

function findNames(doc: Node): Place[] {
  const found: Place[] = [];
  doc.descendants((node, place) => {
    for (const { 0: field, index } of (node.text ?? "").matchAll(NAME_FIELD)) {
      const from = place + index;
      found.push({ from, to: from + field.length, field });
    }
  });
  return found;
}

/** It is not broken at the end of a line. */
function dress({ from, to }: Place): Decoration {
  return Decoration.inline(from, to, { class: "name-chip", title: say("nameChange") });
}
