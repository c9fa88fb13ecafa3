// What was typed and is not on the server yet, kept in this browser until it is: one entry per form and address.
export type Fields = [string, string][];
export type Copy = { key: string; url: string; fields: Fields };

const PREFIX = "mailer:";

/** `key` names the form; `url` is where it is sent. */
export function keepCopy(scope: string, key: string, url: string, fields: Fields): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ scope, key, url, fields }));
  } catch {
    // No room or not allowed: the text is still in its field, and is sent as soon as the server answers.
  }
}

export function dropCopy(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was kept there.
  }
}

/** Return the copies of one issue that some earlier page left behind. */
export function listCopies(scope: string): Copy[] {
  const found: Copy[] = [];
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
      const copy = JSON.parse(localStorage.getItem(name) ?? "{}");
      if (copy.scope === scope && Array.isArray(copy.fields)) found.push(copy);
    }
  } catch {
    return found;
  }
  return found;
}
