"""A newsletter mail as constant octets with holes: compiled once, then made for each reader by joining. Pure.

The shape is multipart/alternative (RFC 2046 §5.1.4), text first, both parts `utf-8` in quoted-printable.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mailer.mime import quoted_printable

# A hole: where its value goes ("header", "text" or "html"), a blank, and what value it is.
Hole = str


@dataclass(frozen=True)
class CompiledMessage:
    """Pieces of octets and the holes between them; there is one piece more than there are holes."""

    pieces: tuple[bytes, ...]
    holes: tuple[Hole, ...]

    def fill(self, values: Mapping[Hole, bytes]) -> tuple[list[bytes], int]:
        """Return the whole message in pieces, CRLF line ends, ready for DATA without dot-stuffing, and its octets.

        `values` are encoded. The pieces are handed to the kernel as they are: joining them first would copy the mail.
        """
        filled = [values[hole] for hole in self.holes]
        parts = self._template.copy()
        parts[1::2] = filled
        return parts, self.constant_octets + sum(map(len, filled))

    @cached_property
    def _template(self) -> list[bytes]:
        return [octets for piece in self.pieces for octets in (piece, b"")][:-1]

    @cached_property
    def constant_octets(self) -> int:
        return sum(map(len, self.pieces))


class Compiler:
    """Collects octets and holes in order; `finish` gives the compiled message."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = [b""]
        self._holes: list[Hole] = []

    def add(self, octets: bytes) -> None:
        self._pieces[-1] += octets

    def add_hole(self, hole: Hole) -> None:
        self._holes.append(hole)
        self._pieces.append(b"")

    def add_part(self, place: str, media_type: str, boundary: str, content: str, sentinels: Mapping[str, str]) -> None:
        """Add one body part. `sentinels` maps each sentinel in `content` to the name of the value that replaces it."""
        self.add(
            f"--{boundary}\r\nContent-Type: {media_type}; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
        )
        segments, names = split_at(content, sentinels)
        for piece, name in zip(quoted_printable.join_with_values(segments), [*names, None], strict=True):
            self.add(piece)
            if name is not None:
                self.add_hole(f"{place} {name}")
        self.add(b"\r\n")

    def finish(self) -> CompiledMessage:
        return CompiledMessage(tuple(self._pieces), tuple(self._holes))


def split_at(content: str, sentinels: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the segments of `content` between sentinels and the names of the values that stand there."""
    if not sentinels:
        return [content], []
    parts = re.split("(" + "|".join(map(re.escape, sentinels)) + ")", content)
    return parts[0::2], [sentinels[sentinel] for sentinel in parts[1::2]]


def compile_alternative(
    add_headers: Callable[[Compiler], None], *, text: str, html: str, sentinels: Mapping[str, str], boundary: str
) -> CompiledMessage:
    """Compile a multipart/alternative message. `add_headers` adds all header fields but the MIME ones."""
    compiler = Compiler()
    add_headers(compiler)
    compiler.add(
        f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode()
    )
    compiler.add_part("text", "text/plain", boundary, text, sentinels)
    compiler.add_part("html", "text/html", boundary, html, sentinels)
    compiler.add(f"--{boundary}--\r\n".encode())
    return compiler.finish()
