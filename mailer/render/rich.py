"""Canonical rich text in the forms readers get. Input comes from `richtext.clean_rich` and from nowhere else."""

import re
from html import escape, unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailer.render.sanitise import bare_address, wire_address

_MARGIN = "margin:0 0 12px"
# Styles stand on the elements, because Gmail drops the head's styles for accounts of other providers.
_MAIL_TAGS = (
    ("<p>", f'<p style="{_MARGIN}">'),
    ("<h3>", '<h3 style="margin:20px 0 6px;font-size:18px;line-height:1.3">'),
    ("<ul>", f'<ul style="{_MARGIN};padding:0 0 0 24px">'),
    ("<ol>", f'<ol style="{_MARGIN};padding:0 0 0 24px">'),
    ("<li>", '<li style="margin:0 0 6px">'),
)

_HREF = re.compile(r'<a href="([^"]*)">')
_TAG_OR_QUOTE = re.compile(r'<[^>]*>|"')


def write_web(rich: str) -> str:
    """Return the rich text with its addresses in ASCII, as links elsewhere have them."""
    if rich.isascii():
        return rich
    return _HREF.sub(lambda match: f'<a href="{escape(wire_address(unescape(match[1])))}">', rich)


def style_for_mail(rich: str, link_colour: str) -> str:
    """Return the rich text with its styles on the elements, and no bare quotes: words must not look like attributes."""
    rich = _TAG_OR_QUOTE.sub(lambda match: "&#34;" if match[0] == '"' else match[0], write_web(rich))
    for tag, styled in _MAIL_TAGS:
        rich = rich.replace(tag, styled)
    return rich.replace("<a href=", f'<a style="color:{link_colour}" href=')


def write_plain(rich: str) -> str:
    """Return the rich text as plain paragraphs, one logical line each; links as `text (address)`."""
    body = LexborHTMLParser(rich).body
    blocks = [] if body is None else [_block(node) for node in body.iter(include_text=True)]
    return "\n\n".join(block for block in blocks if block)


def _block(node: LexborNode) -> str:
    return _list(node, "") if node.tag in {"ul", "ol"} else _words(node).strip()


def _list(node: LexborNode, indent: str) -> str:
    lines = []
    for number, item in enumerate(node.iter(), start=1):
        mark = f"{number}. " if node.tag == "ol" else "- "
        own = [child for child in item.iter(include_text=True) if child.tag not in {"ul", "ol"}]
        words = "".join(map(_inline, own)).strip().replace("\n", " ")
        deeper = indent
        if words:  # an item can hold nothing, or only the lists inside it, which then take its place
            lines.append(indent + mark + words)
            deeper += " " * len(mark)
        lines += [_list(child, deeper) for child in item.iter() if child.tag in {"ul", "ol"}]
    return "\n".join(filter(None, lines))


def _words(node: LexborNode) -> str:
    return "".join(map(_inline, node.iter(include_text=True)))


def _inline(node: LexborNode) -> str:
    if node.tag == "-text":
        return node.text_content or ""
    if node.tag == "br":
        return "\n"
    words = _words(node)
    return write_link(words, node.attributes.get("href") or "") if node.tag == "a" else words


def write_link(words: str, address: str) -> str:
    """Return `words (address)`; an address that is its own text stands alone."""
    shown = show_address(address)
    return shown if words.strip() in {shown, address, bare_address(address)} else f"{words} ({shown})"


def show_address(address: str) -> str:
    """Return the address as a person writes it: without mailto:, its subject, or tel:."""
    if address.startswith("mailto:"):
        return address.removeprefix("mailto:").partition("?")[0]
    return address.removeprefix("tel:")
