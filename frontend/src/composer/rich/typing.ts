// Typography while typing, by the language of the text: dashes, quotes, ellipses; lists by "- " and "1. ".
import { InputRule, inputRules, wrappingInputRule } from "prosemirror-inputrules";
import { AllSelection, type EditorState, Plugin, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { schema } from "./schema";

// Hours and short numbers. What has more hyphens or figures beside it is a date, a telephone number or a reference.
const ALONE = "(?:^|[^\\p{L}\\d\\s.,:/+–-]|(?:^|\\D)\\s)";
const NUMBER = "\\d{1,2}(?:[.:]\\d\\d)?";
const RANGE = `(${ALONE}${NUMBER})-${NUMBER}`;
// Only what follows tells that no more figures come: `Ring 08-12 34 56` begins like `Kl. 08-12 varje dag`.
const MORE = "[.:]?[ \\u00a0][^\\d\\s+%‰°€]|[ \\u00a0]?[%‰°€].|[^\\p{L}\\d\\s.:/+–%‰°€-]";
const RANGE_AND_MORE = new RegExp(`${RANGE}(?:${MORE})$`, "u");
const RANGE_AT_END = new RegExp(`${RANGE}(?:[ \\u00a0]?[%‰°€])?[.:]?$`, "u");
const UNIT = /(\d) (?:[%‰°€]|(?:kr|km|kg|st)[ ,.;)])$/;
const OPENING = /(?:^|[\s([{/–—\ufffc])"$/;

/** Return the rules of a text in `lang`, asked for at every quote. */
export function typing(lang: () => string): Plugin[] {
  const { bullet_list: bullets, ordered_list: numbers } = schema.nodes;
  const list = [
    swap(RANGE_AND_MORE, "–"),
    swap(UNIT, "\u00a0"),
    new InputRule(/(\s)--? $/, (state, match, start, end) =>
      state.tr.insertText(`${match[1]}– `, start, end),
    ),
    new InputRule(/\.\.\.$/, "…"),
    quote(OPENING, () => (lang() === "en" ? "“" : "")),
    quote(/"$/, () => "”"),
  ];
  if (bullets) list.unshift(wrappingInputRule(/^\s*[-*•]\s$/, bullets));
  if (numbers) list.unshift(wrappingInputRule(/^1[.)]\s$/, numbers));
  return [inputRules({ rules: list }), new Plugin({ props: { handleKeyDown, handleDOMEvents } })];
}

/** Put `sign` in the place of the one behind what the pattern's group holds, once the rest has been typed. */
function swap(pattern: RegExp, sign: string): InputRule {
  return new InputRule(pattern, (state, match, start, end) => {
    const there = state.doc.textBetween(start, end, null, "\ufffc");
    if (!match[0].startsWith(there)) return null; // something that was selected is typed over
    const place = start + (match[1] ?? "").length;
    return state.tr
      .insertText(match[0].slice(there.length), end)
      .insertText(sign, place, place + 1);
  });
}

/** Put the sign in, if there is one for it; over a whole text that is selected no rule could be taken back. */
function quote(pattern: RegExp, sign: () => string): InputRule {
  return new InputRule(pattern, (state, match, start, end) => {
    const isHere = sign() && !(state.selection instanceof AllSelection);
    return isHere ? state.tr.insertText(sign(), start + match[0].length - 1, end) : null;
  });
}

// A range at the end of a paragraph is known to be one when the paragraph is left.
function handleKeyDown(view: EditorView, { key }: KeyboardEvent): boolean {
  if (key === "Enter" && !view.composing) endRange(view);
  return false;
}

const handleDOMEvents = {
  blur: (view: EditorView): boolean => {
    endRange(view);
    return false;
  },
};

function endRange({ state, dispatch }: EditorView): void {
  const place = rangeBefore(state);
  if (place !== null) dispatch(state.tr.insertText("–", place, place + 1));
}

/** Return where the hyphen of a range stands that ends at the cursor and its paragraph. */
function rangeBefore({ selection }: EditorState): number | null {
  if (!(selection instanceof TextSelection) || !selection.$cursor) return null;
  const { parent, parentOffset, pos } = selection.$cursor;
  const text = parent.textBetween(0, parentOffset, null, "\ufffc");
  const match = parentOffset === parent.content.size ? RANGE_AT_END.exec(text) : null;
  return match ? pos - match[0].length + (match[1] ?? "").length : null;
}
