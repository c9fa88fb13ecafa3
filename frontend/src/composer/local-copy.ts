// What was typed and is not on the server yet, kept in this browser until it is: one entry per person, page and form.
import { isGone, TAB } from "./tab";

export type Fields = [string, string][];
export type Copy = {
  scope: string;
  key: string;
  url: string;
  fields: Fields;
  tab: string;
  at: number;
};

/** Several people may use one browser. */
function prefix(): string {
  return `mailer:${document.querySelector<HTMLElement>("issue-editor")?.dataset.user}:`;
}

/** `key` names the form; `url` is where it is sent. */
export function keepCopy(scope: string, key: string, url: string, fields: Fields): void {
  try {
    const copy: Copy = { scope, key, url, fields, tab: TAB, at: Date.now() };
    localStorage.setItem(`${prefix()}${TAB}:${key}`, JSON.stringify(copy));
  } catch {
    // No room or not allowed: the text is still in its field, and is sent as soon as the server answers.
  }
}

/** Drop what this page keeps of a form, or what another one has left. */
export function dropCopy(key: string, tab = TAB): void {
  try {
    localStorage.removeItem(`${prefix()}${tab}:${key}`);
  } catch {
    // Nothing was kept there.
  }
}

/** Take over what another page has left: the form it is put into keeps it under the same key. */
export function adoptCopy({ scope, key, url, fields, tab }: Copy): void {
  keepCopy(scope, key, url, fields);
  dropCopy(key, tab);
}

/** Return the copies of one issue that pages which are closed have left behind, the oldest first. */
export async function listCopies(scope: string): Promise<Copy[]> {
  const copies = readCopies().filter((copy) => copy.scope === scope);
  const gone = await Promise.all(copies.map((copy) => isGone(copy.tab)));
  return copies.filter((_copy, place) => gone[place]).sort((one, other) => one.at - other.at);
}

function readCopies(): Copy[] {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix()));
    return names.map((name) => JSON.parse(localStorage.getItem(name) ?? "{}"));
  } catch {
    return [];
  }
}
