// What other programs put on the clipboard, made into the few tags we have: Word, Outlook, LibreOffice, Google Docs.
const GONE =
  "style, script, meta, link, title, xml, img, picture, svg, object, iframe, del, .msoDel, .MsoCommentReference, [style*='mso-element:comment'], a[href^='#_msocom'], a[href^='#_ftn']";
const LEVEL = /mso-list:\s*l(\d+)\s+level(\d+)/i;
const COUNTED = /^\s*(\d+|[a-z]|[ivx]+)[.)]/i;

/** Return HTML with only plain tags: lists as lists, a table's row as a line, no styles, no comments. */
export function cleanPaste(html: string): string {
  const bare = html.replace(/<!--[\s\S]*?-->/g, "").replace(/<!\[(?:if|endif)[^>]*>/gi, "");
  const page = new DOMParser().parseFromString(bare, "text/html");
  const { body } = page;
  dropComments(page);
  for (const node of body.querySelectorAll(GONE)) node.remove();
  for (const node of [...body.querySelectorAll("*")]) {
    if (node.localName.includes(":"))
      node.localName.startsWith("v:") ? node.remove() : unwrap(node);
  }
  keepEmphasis(body);
  rebuildLists(body);
  nestLists(body);
  flattenTables(body);
  for (const link of body.querySelectorAll("a")) {
    if (!/^(https?:|mailto:|tel:)/i.test(link.getAttribute("href") ?? "")) unwrap(link);
  }
  tidyText(page);
  for (const node of body.querySelectorAll("*")) {
    for (const { name } of [...node.attributes]) if (name !== "href") node.removeAttribute(name);
  }
  for (const paragraph of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    if (!paragraph.textContent?.trim()) paragraph.remove();
  }
  return body.innerHTML;
}

/** Whether the clipboard held more than plain tags, so that something was taken away. */
export function hasFormatting(html: string): boolean {
  return /\bstyle=|\bclass=|<(?:font|img|table)\b|mso-/i.test(html);
}

function dropComments(page: Document): void {
  const walker = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
  const comments: Node[] = [];
  while (walker.nextNode()) comments.push(walker.currentNode);
  for (const comment of comments) comment.parentNode?.removeChild(comment);
}

function unwrap(node: Element): void {
  node.replaceWith(...node.childNodes);
}

function rename(node: Element, tag: string): Element {
  const renamed = node.ownerDocument.createElement(tag);
  renamed.append(...node.childNodes);
  node.replaceWith(renamed);
  return renamed;
}

/** Read out of the attribute: the page's content policy keeps it from becoming `node.style`. */
function styleOf(node: Element, name: string): string {
  const found = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, "i").exec(
    node.getAttribute("style") ?? "",
  );
  return found?.[1]?.trim().toLowerCase() ?? "";
}

/** Google Docs says bold by style, and wraps everything in a bold that is not. */
function keepEmphasis(body: HTMLElement): void {
  for (const node of [...body.querySelectorAll<HTMLElement>("b, strong")]) {
    if (/^(normal|400)$/.test(styleOf(node, "font-weight"))) unwrap(node);
  }
  for (const node of [...body.querySelectorAll<HTMLElement>("span")]) {
    const isBold = /^(bold|bolder|[6-9]00)$/.test(styleOf(node, "font-weight"));
    const isItalic = styleOf(node, "font-style") === "italic";
    if (!isBold && !isItalic) continue;
    const inner = rename(node, isBold ? "strong" : "em");
    if (isBold && isItalic) {
      const em = inner.ownerDocument.createElement("em");
      em.append(...inner.childNodes);
      inner.append(em);
    }
  }
}

/** Word's lists are paragraphs that say their list and level in a style, with the bullet as text. */
function rebuildLists(body: HTMLElement): void {
  let open: { list: Element; level: number }[] = [];
  let last: Element | null = null;
  let lastList = "";
  for (const item of [...body.querySelectorAll<HTMLElement>("p, h1, h2, h3, div, li")]) {
    const found = LEVEL.exec(item.getAttribute("style") ?? "");
    if (!found || item.localName === "li") continue;
    const level = Number(found[2]);
    if (item.previousElementSibling !== last || (found[1] !== lastList && level === 1)) open = [];
    lastList = found[1] ?? "";
    const isCounted = COUNTED.test(takeBullet(item));
    while (open.length && (open.at(-1)?.level ?? 0) > level) open.pop();
    let here = open.at(-1);
    if (!here || here.level < level) {
      const list = body.ownerDocument.createElement(isCounted ? "ol" : "ul");
      if (here) (here.list.lastElementChild ?? here.list).append(list);
      else item.before(list);
      here = { list, level };
      open.push(here);
    }
    const entry = body.ownerDocument.createElement("li");
    entry.append(...item.childNodes);
    here.list.append(entry);
    item.remove();
    last = open[0]?.list ?? null;
  }
}

function takeBullet(item: HTMLElement): string {
  const bullet = [...item.querySelectorAll("span")].find((one) =>
    /mso-list:\s*ignore/i.test(one.getAttribute("style") ?? ""),
  );
  const text = bullet?.textContent ?? "";
  bullet?.remove();
  return text;
}

/** Word on the web and Google Docs put an inner list beside its item instead of into it. */
function nestLists(body: HTMLElement): void {
  for (const list of [...body.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")]) {
    if (list.previousElementSibling) list.previousElementSibling.append(list);
    else unwrap(list);
  }
}

function flattenTables(body: HTMLElement): void {
  for (const table of [...body.querySelectorAll("table")].reverse()) {
    const lines = [...table.querySelectorAll("tr")].map((row) => {
      const line = body.ownerDocument.createElement("p");
      const cells = [...row.children].filter((cell) => cell.textContent?.trim());
      cells.forEach((cell, place) => {
        if (place) line.append(", ");
        for (const inner of [
          ...cell.querySelectorAll("p, div, li, ul, ol, h1, h2, h3"),
        ].reverse()) {
          if (inner.nextSibling) inner.after(" ");
          unwrap(inner);
        }
        line.append(...cell.childNodes);
      });
      return line;
    });
    table.replaceWith(...lines);
  }
}

function tidyText(page: Document): void {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode as Text;
    text.data = text.data
      .replace(/\u00ad/g, "")
      .replace(/[\u00a0 \t\r\n]+/g, (blank, place, all) =>
        isMeant(blank, place, all) ? blank : " ",
      );
  }
}

/** Whether a blank holds a number to its unit, or to what it counts: `100 kr`, `1 200`, `kl. 9`. The others only indent. */
function isMeant(blank: string, place: number, all: string): boolean {
  const beside = [all[place - 1], all[place + 1]];
  return (
    blank === "\u00a0" && !beside.includes(undefined) && beside.some((one) => /\d/.test(one ?? ""))
  );
}
