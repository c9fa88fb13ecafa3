// The toolbar of a rich text: one stop for Tab, arrows between its buttons, each says whether it is on.
import { setBlockType, toggleMark } from "prosemirror-commands";
import type { MarkType, NodeType } from "prosemirror-model";
import { liftListItem, wrapInList } from "prosemirror-schema-list";
import type { Command, EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { make, say } from "../words";
import { askLink } from "./link";
import { askForName } from "./name";
import { schema } from "./schema";

export type Toolbar = { node: HTMLElement; update: (state: EditorState) => void };
type Tool = { words: string; sign: string; run: Command; isOn: (state: EditorState) => boolean };

export function makeToolbar(view: EditorView): Toolbar {
  const node = make("div", { class: "rich-tools", role: "toolbar", "aria-label": say("toolbar") });
  const tools = list();
  const buttons = tools.map((tool, place) => {
    const sign = make("span", { "aria-hidden": "true" }, tool.sign);
    const words = make("span", { class: "visually-hidden" }, say(tool.words));
    const made = make("button", { type: "button", title: say(tool.words) }, sign, words);
    made.className = `rich-tool rich-tool-${tool.words}`;
    made.tabIndex = place ? -1 : 0;
    made.addEventListener("mousedown", (event) => event.preventDefault());
    made.addEventListener("click", () => {
      tool.run(view.state, view.dispatch, view);
      if (!["link", "insertName"].includes(tool.words)) view.focus();
    });
    return made;
  });
  node.append(...buttons);
  node.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const here = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next =
      step && here >= 0 ? buttons[(here + step + buttons.length) % buttons.length] : undefined;
    if (!next) return;
    event.preventDefault();
    for (const one of buttons) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
  const update = (state: EditorState) => {
    tools.forEach((tool, place) => {
      buttons[place]?.setAttribute("aria-pressed", String(tool.isOn(state)));
    });
  };
  update(view.state);
  return { node, update };
}

function list(): Tool[] {
  const { strong, em, link } = schema.marks;
  const { heading, paragraph, bullet_list: bullets, ordered_list: numbers } = schema.nodes;
  if (!strong || !em || !link || !heading || !paragraph || !bullets || !numbers) return [];
  return [
    {
      words: "bold",
      sign: say("boldSign"),
      run: toggleMark(strong),
      isOn: (state) => hasMark(state, strong),
    },
    {
      words: "italic",
      sign: say("italicSign"),
      run: toggleMark(em),
      isOn: (state) => hasMark(state, em),
    },
    {
      words: "link",
      sign: say("link"),
      run: (state, _dispatch, view) => askLink(state, view),
      isOn: (state) => hasMark(state, link),
    },
    {
      words: "insertName",
      sign: say("nameSign"),
      run: (_state, _dispatch, view) => {
        if (view) askForName(view);
        return true;
      },
      isOn: () => false,
    },
    {
      words: "bullets",
      sign: "•",
      run: toggleList(bullets),
      isOn: (state) => isInside(state, bullets),
    },
    {
      words: "numbers",
      sign: "1.",
      run: toggleList(numbers),
      isOn: (state) => isInside(state, numbers),
    },
    {
      words: "subheading",
      sign: "H",
      run: (state, dispatch) =>
        setBlockType(isInside(state, heading) ? paragraph : heading)(state, dispatch),
      isOn: (state) => isInside(state, heading),
    },
  ];
}

function toggleList(type: NodeType): Command {
  return (state, dispatch) => {
    const { list_item: item } = schema.nodes;
    return isInside(state, type) && item
      ? liftListItem(item)(state, dispatch)
      : wrapInList(type)(state, dispatch);
  };
}

function hasMark(state: EditorState, mark: MarkType): boolean {
  const { from, to, empty, $from } = state.selection;
  return empty
    ? !!mark.isInSet(state.storedMarks ?? $from.marks())
    : state.doc.rangeHasMark(from, to, mark);
}

function isInside(state: EditorState, type: NodeType): boolean {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1)
    if ($from.node(depth).type === type) return true;
  return false;
}
