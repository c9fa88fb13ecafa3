// The text a block may hold, the same as `mailer.render.richtext` writes: p, h3, ul, ol, li, br, strong, em, a[href].
import {
  DOMParser,
  DOMSerializer,
  type MarkSpec,
  type Node,
  type NodeSpec,
  Schema,
} from "prosemirror-model";

export const SCHEMES = /^(https?:\/\/|mailto:|tel:)/i;
const LONGEST = 2000; // characters of an address

/** Whether the server takes an address: it drops what goes to a host without a dot, or holds a password. */
export function isAddress(address: string): boolean {
  if (!SCHEMES.test(address) || address.length > LONGEST || /[\s"<>\\^`{|}]/.test(address))
    return false;
  if (!/^https?:/i.test(address)) return true;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return false;
  const { hostname, username, password } = new URL(address);
  const hasDot = hostname.includes(".") || hostname.startsWith("[") || hostname === "localhost";
  return hasDot && !username && !password;
}

const nodes: Record<string, NodeSpec> = {
  doc: { content: "block+" },
  paragraph: {
    content: "inline*",
    group: "block",
    parseDOM: [{ tag: "p" }],
    toDOM: () => ["p", 0],
  },
  heading: {
    content: "inline*",
    group: "block",
    defining: true,
    parseDOM: ["h1", "h2", "h3", "h4", "h5", "h6"].map((tag) => ({ tag })),
    toDOM: () => ["h3", 0],
  },
  bullet_list: {
    content: "list_item+",
    group: "block",
    parseDOM: [{ tag: "ul" }],
    toDOM: () => ["ul", 0],
  },
  ordered_list: {
    content: "list_item+",
    group: "block",
    parseDOM: [{ tag: "ol" }],
    toDOM: () => ["ol", 0],
  },
  list_item: {
    content: "paragraph (bullet_list | ordered_list)*",
    defining: true,
    parseDOM: [{ tag: "li" }],
    toDOM: () => ["li", 0],
  },
  text: { group: "inline" },
  hard_break: {
    inline: true,
    group: "inline",
    selectable: false,
    parseDOM: [{ tag: "br" }],
    toDOM: () => ["br"],
  },
};

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: {} },
    inclusive: false,
    parseDOM: [
      {
        tag: "a[href]",
        getAttrs: (link) => {
          const href = link.getAttribute("href") ?? "";
          return isAddress(href) ? { href } : false;
        },
      },
    ],
    toDOM: (mark) => ["a", { href: mark.attrs.href }, 0],
  },
  strong: {
    parseDOM: [{ tag: "strong" }, { tag: "b" }],
    toDOM: () => ["strong", 0],
  },
  em: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
};

export const schema = new Schema({ nodes, marks });

export function readHtml(html: string): Node {
  const isPlain = !html.includes("<");
  const body = new window.DOMParser().parseFromString(isPlain ? "" : html, "text/html").body;
  if (isPlain) {
    for (const part of html.split(/\n\s*\n/)) {
      const paragraph = body.ownerDocument.createElement("p");
      paragraph.textContent = part.trim();
      body.append(paragraph);
    }
  }
  return DOMParser.fromSchema(schema).parse(body);
}

/** Return the stored form: the words of a list item stand straight in it, and nothing is the empty string. */
export function writeHtml(doc: Node): string {
  if (!doc.textContent.trim()) return "";
  const holder = document.createElement("div");
  holder.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content));
  for (const paragraph of holder.querySelectorAll("li > p"))
    paragraph.replaceWith(...paragraph.childNodes);
  return holder.innerHTML;
}
