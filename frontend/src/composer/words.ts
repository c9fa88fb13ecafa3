// The words of the page's language, from <meta name="composer-words">; `{name}` stands for a value.
const meta = document.querySelector<HTMLMetaElement>("meta[name=composer-words]");
const words: Record<string, string> = JSON.parse(meta?.content ?? "{}");

export function say(key: string, values: Record<string, string | number> = {}): string {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function button(text: string, act: () => void, quiet = true): HTMLButtonElement {
  const made = make("button", { type: "button", class: quiet ? "button button-quiet" : "button" });
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** Return the page's icon for what is wrong. */
export function errorIcon(): Node {
  const icon = document.querySelector<HTMLTemplateElement>("#error-icon");
  return icon?.content.cloneNode(true) ?? document.createTextNode("");
}
