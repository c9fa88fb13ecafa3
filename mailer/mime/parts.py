"""Reading a mail that somebody else composed, well or badly: its headers, its text, its HTML and the rest.

Malformed input never raises: what cannot be read is named in `problem` and the mail's start shown as it is. Time is
bounded by limits on nesting and number of parts, since the standard parser is quadratic in both.
"""

import codecs
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

MOST_HEADER_OCTETS = 1 << 18
MOST_HEADERS = 500
LONGEST_HEADER = 2_000  # characters shown and decoded of one field: decoding takes time quadratic in its length
MOST_NESTING = 50
MOST_BOUNDARIES = 5_000
LONGEST_EXCERPT = 100_000  # octets shown of a mail that cannot be taken apart

_NESTING = re.compile(rb"multipart/|message/rfc822", re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
# Codecs that Python counts among the texts and that no mail is written in; Punycode is quadratic.
_NOT_FOR_MAIL = {"punycode", "idna", "unicode_escape", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}


@dataclass(frozen=True)
class MailPart:
    """A part that is neither the mail's text nor its HTML: an attachment, a picture, an invitation."""

    content_type: str
    filename: str
    content_id: str  # without angle brackets, as `cid:` links name it
    content: bytes


@dataclass(frozen=True)
class MailParts:
    """`headers` are names and decoded values in order; `html` and `text` are None where there is none."""

    headers: list[tuple[str, str]]
    html: str | None = None
    text: str | None = None
    parts: list[MailPart] = field(default_factory=list)
    problem: str = ""


def read_parts(raw: bytes) -> MailParts:
    """Take a mail apart."""
    headers = read_headers(raw)
    if len(_NESTING.findall(raw)) > MOST_NESTING:
        return _give_up(raw, headers, "Its parts are nested too deeply.")
    if raw.count(b"\n--") > MOST_BOUNDARIES:
        return _give_up(raw, headers, "It has too many parts.")
    try:
        return _take_apart(message_from_bytes(raw), headers)
    except Exception as error:  # noqa: BLE001 - the standard parser raises errors of any kind on malformed mail
        return _give_up(raw, headers, f"It cannot be taken apart ({type(error).__name__}).")


def read_headers(raw: bytes) -> list[tuple[str, str]]:
    """Return the fields of the mail's header section, unfolded and decoded (RFC 2047), up to our limits."""
    section = raw[:MOST_HEADER_OCTETS]
    end = _END_OF_HEADERS.search(section)
    section = section[: end.start()] if end else section
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", section)  # RFC 5322 §2.2.3
    fields = []
    for line in unfolded.splitlines()[:MOST_HEADERS]:
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((_decode(name, "ascii").strip(), decode_words(value[:LONGEST_HEADER])))
    return fields


def find_header(headers: list[tuple[str, str]], name: str) -> str:
    """Return the first field of this name, or nothing."""
    return next((value for field_name, value in headers if field_name.lower() == name.lower()), "")


def decode_words(value: bytes) -> str:
    """Return the text of an unstructured header field; encoded words (RFC 2047) that are none stay as they are."""
    text = _decode(value, "utf-8")
    try:
        words = decode_header(text)
    except (HeaderParseError, ValueError):
        words = [(text, None)]
    decoded = "".join(word if isinstance(word, str) else _decode(word, charset or "utf-8") for word, charset in words)
    return " ".join(decoded.split())


def _take_apart(message: Message, headers: list[tuple[str, str]]) -> MailParts:
    html: str | None = None
    text: str | None = None
    rest: list[MailPart] = []
    for part in _list_leaves(message):
        kind = part.get_content_type()
        is_attached = part.get_content_disposition() == "attachment"
        if kind == "text/html" and html is None and not is_attached:
            html = _read_text(part)
        elif kind == "text/plain" and text is None and not is_attached:
            text = _read_text(part)
        else:
            rest.append(_describe(part, kind))
    return MailParts(headers, html, text, rest)


def _list_leaves(message: Message) -> list[Message]:
    """Return the parts that hold something themselves, in order; a mail inside the mail is one of them."""
    payload = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list):
        return [message]
    return [leaf for part in payload if isinstance(part, Message) for leaf in _list_leaves(part)]


def _describe(part: Message, kind: str) -> MailPart:
    filename = decode_words(str(part.get_filename() or "").encode("utf-8", "surrogateescape"))
    return MailPart(kind, filename, str(part.get("Content-ID", "")).strip().strip("<>"), _read_octets(part))


def _read_octets(part: Message) -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"\r\n".join(one.as_bytes() for one in inner if isinstance(one, Message))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _read_text(part: Message) -> str:
    return _decode(_read_octets(part), part.get_content_charset() or "utf-8").replace("\r\n", "\n")


def _decode(octets: bytes, charset: str) -> str:
    """Return the text of octets in `charset`; in Western European when that is unknown or cannot be right."""
    try:
        codec = codecs.lookup(charset).name
        if codec not in _NOT_FOR_MAIL:
            return octets.decode(codec)
    except (LookupError, ValueError):
        pass
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def _give_up(raw: bytes, headers: list[tuple[str, str]], problem: str) -> MailParts:
    return MailParts(headers, text=_decode(raw[:LONGEST_EXCERPT], "utf-8"), problem=problem)
