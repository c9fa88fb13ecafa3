"""Tells whether an encoded image carries the image and nothing else: no comment, no profile, nothing after its end.

What is not plain is encoded anew, so that no hidden data, place or second file inside is ever served. Pure.
"""

# ITU T.81 table B.1: quantisation, Huffman and frame headers, restart interval; APP0 is JFIF, APP14 Adobe's colours.
_JPEG_SEGMENTS = {0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE}
_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_STUFFING_AND_RESTARTS = {0x00, *range(0xD0, 0xD8)}

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"pHYs", b"sBIT"}


def is_plain(raw: bytes) -> bool:
    """Return whether `raw` is one JPEG or PNG with only the parts that make up its pixels, from start to end."""
    try:
        return _is_plain_png(raw) if raw.startswith(_PNG_SIGNATURE) else _is_plain_jpeg(raw)
    except IndexError:
        return False


def _is_plain_png(raw: bytes) -> bool:
    at = len(_PNG_SIGNATURE)
    while at < len(raw):
        length, kind = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8]
        if kind not in _PNG_CHUNKS:
            return False
        at += 12 + length  # length, kind, data, checksum
        if kind == b"IEND":
            return at == len(raw)
    return False


def _is_plain_jpeg(raw: bytes) -> bool:
    if raw[:2] != bytes((0xFF, _START)):
        return False
    at = 2
    while raw[at] == 0xFF:
        marker = raw[at + 1]
        if marker == _END:
            return at + 2 == len(raw)
        if marker not in _JPEG_SEGMENTS and marker != _SCAN:
            return False
        at += 2 + int.from_bytes(raw[at + 2 : at + 4])
        if marker == _SCAN:
            at = _skip_scan(raw, at)
    return False


def _skip_scan(raw: bytes, at: int) -> int:
    """Return where the next marker stands after the entropy-coded octets that begin at `at`."""
    while True:
        at = raw.find(b"\xff", at)
        if at < 0:
            raise IndexError
        if raw[at + 1] not in _STUFFING_AND_RESTARTS:
            return at
        at += 2
