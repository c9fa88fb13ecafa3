"""Quoted-printable (RFC 2045 §6.7) made so that SMTP never has to touch the body again.

Lines end in CRLF and have at most 76 octets; no line starts with a dot (RFC 5321 §4.5.2 would double it) or with
"From " (mbox would quote it), so the octets on the wire are the octets of the message.
"""

import re

# RFC 2045 §6.7 rule 5 allows 76 octets with the "="; three are kept for a first character that gets encoded.
_LINE_OCTETS = 72
_SOFT_BREAK = b"=\r\n"
_OCTETS = [bytes([o]) if (33 <= o <= 126 and o != 0x3D) or o in (0x20, 0x09) else b"=%02X" % o for o in range(256)]
PLAIN_OCTETS = 70  # a value of so many octets that needs no escape stands as it is
_PLAIN = re.compile(rb"[!-<>-~][ -<>-~]{0,%d}[!-<>-~]?\Z" % (PLAIN_OCTETS - 2))
_NEEDS_NO_ESCAPE = re.compile(rb"[\t -<>-~]*\Z")


def encode_text(text: str) -> bytes:
    """Return `text` (line ends LF, CRLF or CR) as quoted-printable UTF-8 with CRLF line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join(_encode_line(line.encode()) for line in lines)


def encode_value(text: str) -> bytes:
    """Return a merge value as one logical line: line breaks become spaces. It stands between two soft breaks."""
    raw = text.encode()
    if _PLAIN.match(raw) and raw[:1] not in b".F":
        return raw
    return _encode_line(" ".join(text.split("\r\n")).replace("\n", " ").replace("\r", " ").encode())


def join_with_values(segments: list[str]) -> list[bytes]:
    """Return the constant pieces around merge values: each value stands on a line of its own between soft breaks."""
    last = len(segments) - 1
    return [
        (_SOFT_BREAK if i > 0 else b"") + encode_text(segment) + (_SOFT_BREAK if i < last else b"")
        for i, segment in enumerate(segments)
    ]


def _encode_line(raw: bytes) -> bytes:
    encoded = raw if _NEEDS_NO_ESCAPE.match(raw) else b"".join([_OCTETS[octet] for octet in raw])
    if encoded[-1:] in {b" ", b"\t"}:  # white space at the end of a line does not survive transport
        encoded = encoded[:-1] + b"=%02X" % encoded[-1]
    lines = []
    while len(encoded) > _LINE_OCTETS:
        cut = _cut(encoded)
        lines.append(_guard_start(encoded[:cut]))
        encoded = encoded[cut:]
    lines.append(_guard_start(encoded))
    return _SOFT_BREAK.join(lines)


def _cut(encoded: bytes) -> int:
    """Return where to break: never inside an escape such as `=C3`."""
    escape = encoded.rfind(b"=", _LINE_OCTETS - 2, _LINE_OCTETS)
    return escape if escape > 0 else _LINE_OCTETS


def _guard_start(line: bytes) -> bytes:
    if line.startswith((b".", b"From ")):
        return b"=%02X" % line[0] + line[1:]
    return line
