"""Rich text in one canonical form: p, h3, ul, ol, li, br, strong, em and a[href], written by us and nobody else.

nh3 takes away what is dangerous, the parsed tree is then read into blocks and written anew, so that the output holds
only tags and attributes from this file, and cleaning twice gives the same bytes.
"""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import NamedTuple

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailer.render.sanitise import clean_link, clean_text

_INLINE = {"strong": "strong", "b": "strong", "em": "em", "i": "em"}
_LISTS = ("ul", "ol")
_TITLES = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {
    "p",
    "div",
    "blockquote",
    "pre",
    "section",
    "article",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
    "dl",
    "dt",
    "dd",
}
_READ = {"a", "br", "li", *_INLINE, *_LISTS, *_TITLES, *_BLOCKS}
# Their text is code or a hidden copy, not something the editor wrote for readers.
_DROPPED = {
    "script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math", "select", "textarea",
    "xmp", "noembed", "noframes",
}  # fmt: skip
_MAX_DEPTH = 60
_MAX_LIST_DEPTH = 3
_LONGEST_LINK = 2000  # characters, as of the fields that hold one


class _Piece(NamedTuple):
    """Text, or markup that is already written."""

    text: str
    markup: str = ""


_BREAK = _Piece("", "<br>")


def clean_rich(value: str) -> str:
    """Return the canonical HTML of what was typed or pasted; plain text becomes paragraphs at blank lines."""
    if "<" not in value:
        value = "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", value))
    safe = nh3.clean(
        value,
        tags=_READ,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    body = LexborHTMLParser(safe).body
    return "".join(_blocks(body, 0)) if body is not None else ""


def visible_text(rich: str) -> str:
    """Return the words of canonical rich text, without markup; for counting and for summaries."""
    body = LexborHTMLParser(re.sub(r"<(?=/p|/h3|/li|br)", " <", rich)).body
    return " ".join(body.text().split()) if body is not None else ""


def _blocks(node: LexborNode, depth: int) -> Iterator[str]:
    pending: list[_Piece] = []
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag in _TITLES or tag in _BLOCKS or tag in _LISTS or tag == "li":
            yield from _paragraph("p", pending)
            pending = []
            yield from _block(child, tag, depth + 1)
        else:
            pending += _inline(child, frozenset(), depth + 1)
    yield from _paragraph("p", pending)


def _block(node: LexborNode, tag: str, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        yield from _paragraph("p", [_Piece(node.text())])
    elif tag in _LISTS:
        yield from _list(node, tag, 1, depth)
    elif tag in _TITLES:
        yield from _paragraph("h3", _children(node, frozenset(), depth))
    else:
        yield from _blocks(node, depth)


def _list(node: LexborNode, tag: str, level: int, depth: int) -> Iterator[str]:
    items = "".join(item for child in node.iter(include_text=True) for item in _item(child, level, depth + 1))
    if items:
        yield f"<{tag}>{items}</{tag}>"


def _item(node: LexborNode, level: int, depth: int) -> Iterator[str]:
    """One `li`: its own words first, then the lists inside it. Editors also put a list straight into a list."""
    words: list[_Piece] = []
    lists = ""
    for child in node.iter(include_text=True) if node.tag == "li" else [node]:
        tag = child.tag or ""
        if tag in _LISTS and level < _MAX_LIST_DEPTH and depth < _MAX_DEPTH:
            lists += "".join(_list(child, tag, level + 1, depth))
        else:
            words += _inline(child, frozenset(), depth + 1)
    own = _write(words)
    if own or lists:
        yield f"<li>{own}{lists}</li>"


def _inline(node: LexborNode, around: frozenset[str], depth: int) -> list[_Piece]:
    tag = node.tag or ""
    if tag == "-text":
        return [_Piece(node.text_content or "")]
    if tag == "br":
        return [_BREAK]
    if depth > _MAX_DEPTH:
        return [_Piece(node.text())]
    if tag == "a":
        return _anchor(node, around, depth)
    name = _INLINE.get(tag, "")
    if not name:  # a block inside a phrase or a list item: keep its words on a line of their own
        return [_BREAK, *_children(node, around, depth), _BREAK]
    inner = _children(node, around | {name}, depth)
    return inner if name in around else _enclose(f"<{name}>", inner, f"</{name}>")


def _anchor(node: LexborNode, around: frozenset[str], depth: int) -> list[_Piece]:
    inner = _children(node, around | {"a"}, depth)
    try:
        href = clean_link(node.attributes.get("href") or "")
    except ValueError:
        return inner
    if "a" in around or len(href) > _LONGEST_LINK:
        return inner
    return _enclose(f'<a href="{escape(href)}">', inner, "</a>")


def _children(node: LexborNode, around: frozenset[str], depth: int) -> list[_Piece]:
    return [piece for child in node.iter(include_text=True) for piece in _inline(child, around, depth + 1)]


def _enclose(start: str, inner: list[_Piece], end: str) -> list[_Piece]:
    if not any(clean_text(piece.text).strip() for piece in inner):
        return inner
    return [_Piece("", start), *inner, _Piece("", end)]


def _paragraph(tag: str, pieces: list[_Piece]) -> Iterator[str]:
    words = _write(pieces)
    if words:
        yield f"<{tag}>{words}</{tag}>"


def _write(pieces: list[_Piece]) -> str:
    """Join neighbouring texts before they are cleaned (a combining mark may start the second), then write all."""
    parts: list[str] = []
    for is_markup, group in groupby(pieces, key=lambda piece: bool(piece.markup)):
        if is_markup:
            parts += [piece.markup for piece in group]
        else:
            text = clean_text("".join(piece.text for piece in group))
            parts.append(escape(re.sub(r"[ \t\r\n\x0b\x0c\u2028\u2029]+", " ", text), quote=False))
    return _trim("".join(parts))


def _trim(words: str) -> str:
    words = re.sub(r" ?(<br>)(?: |<br>)*", r"\1", words)
    return re.sub(r"^(?: |<br>)+|(?: |<br>)+$", "", words)
