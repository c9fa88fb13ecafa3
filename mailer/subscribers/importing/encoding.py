"""Which letters the bytes of a file stand for: byte order mark, else UTF-8 if all of it is, else Western European."""

import codecs
from pathlib import Path

BLOCK_BYTES = 1 << 20

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Windows-1252 gives these octets no letter.
_UNUSED_IN_CP1252 = bytes.maketrans(b"\x81\x8d\x8f\x90\x9d", b"\0" * 5)


def detect_encoding(path: Path) -> str:
    """Return a Python codec name. Reads the whole file once, a block at a time, unless a mark says it at once."""
    with path.open("rb") as file:
        start = file.read(4096)
        for mark, encoding in _MARKS:
            if start.startswith(mark):
                return encoding
        # Text in our languages has every other octet zero in UTF-16: the even ones when big-endian. A stray zero octet
        # elsewhere is one faulty row.
        for encoding, half in (("utf-16-be", start[::2]), ("utf-16-le", start[1::2])):
            if half.count(0) * 2 > len(half):
                return encoding
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _western(path)
    return "utf-8"


def _western(path: Path) -> str:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if block.translate(_UNUSED_IN_CP1252).count(0) > block.count(0):
                return "latin-1"
    return "cp1252"
