"""Header fields as octets: RFC 5322 syntax, RFC 2047 encoded words, lines of at most 78 octets. Pure.

Every function refuses CR, LF and NUL, so that no value can end a header or begin a new one.
"""

import base64
import re
from datetime import datetime
from email.utils import format_datetime

_ATOM_TEXT = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*\Z")
_FORBIDDEN = re.compile(r"[\r\n\x00\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# RFC 2047 §2: a line with an encoded word has at most 76 characters; `=?utf-8?B?…?=` and a blank take 13 of them.
_LINE, _AROUND = 76, 13


class HeaderError(ValueError):
    """The value cannot be a header value: it holds a line break or another character that ends one."""


def one_line(text: str) -> str:
    """Return `text` with every run of control characters and line breaks made one space."""
    return text.strip(" ") if text.isprintable() else _CONTROL.sub(" ", text).strip()


def text_field(name: str, value: str) -> bytes:
    """Return an unstructured field such as Subject, encoded when it is not plain ASCII, with CRLF at its end."""
    check(value)
    if value.isascii() and len(name) + 2 + len(value) <= 78 and "=?" not in value:
        return f"{name}: {value}\r\n".encode()
    return f"{name}: ".encode() + b"\r\n ".join(_encoded_words(value, len(name) + 1)) + b"\r\n"


def mailbox_field(name: str, display_name: str, address: str) -> bytes:
    """Return a field with one mailbox, `"Name" <address>` (RFC 5322 §3.4). `address` is an ASCII or UTF-8 addr-spec."""
    check(address)
    if not display_name:
        return f"{name}: {address}\r\n".encode()
    return f"{name}: ".encode() + phrase(display_name, len(name) + 1) + f"\r\n <{address}>\r\n".encode()


def phrase(text: str, before: int = 0) -> bytes:
    """Return `text` as a phrase: atoms, a quoted string, or encoded words; `before` characters stand on its line."""
    check(text)
    if not text.isascii() or "=?" in text or len(text) > 60:
        return b"\r\n ".join(_encoded_words(text, before))
    if _ATOM_TEXT.match(text):
        return text.encode()
    return b'"' + re.sub(r'(["\\])', r"\\\1", text).encode() + b'"'


def raw_field(name: str, value: str) -> bytes:
    """Return a structured field whose ASCII value the caller has formed, unfolded."""
    check(value)
    if not value.isascii():
        raise HeaderError(f"{name} must be ASCII")
    return f"{name}: {value}\r\n".encode()


def date_field(moment: datetime) -> bytes:
    """Return the Date field (RFC 5322 §3.6.1)."""
    return raw_field("Date", format_datetime(moment))


def check(value: str) -> None:
    if not value.isprintable() and _FORBIDDEN.search(value):
        raise HeaderError("a header value holds a line break or a NUL")


def _encoded_words(text: str, before: int) -> list[bytes]:
    """Return base64 encoded words (RFC 2047 §4.1), none of which splits a character (§5)."""
    room = _octets_in(_LINE - _AROUND - before)
    if len(whole := text.encode()) <= room:
        return [b"=?utf-8?B?" + base64.b64encode(whole) + b"?="]
    chunks, chunk = [], b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > room:
            chunks.append(chunk)
            chunk, room = b"", _octets_in(_LINE - _AROUND)
        chunk += octets
    return [b"=?utf-8?B?" + base64.b64encode(chunk) + b"?=" for chunk in [*chunks, chunk]]


def _octets_in(characters: int) -> int:
    """Return how many octets fit into so many characters of base64."""
    return characters // 4 * 3
