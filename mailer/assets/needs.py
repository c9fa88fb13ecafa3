"""What rendering needs of stored files and what it is given: plain values, so that blocks stay pure.

A caller asks an issue for its `ImageNeed`s, makes and stores those derivatives, and hands the `ShownImage`s back.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageNeed:
    """A derivative of the stored image `asset` (content hash, sha256 in hex).

    `width` and `height` are pixels of the file to be made: twice the shown size, for dense screens. Height 0 keeps the
    proportions; otherwise the image is cut to exactly that shape around `focus` (fractions from the left and the top).
    An image is never enlarged: a smaller source gives a smaller file of the same shape.
    """

    asset: str
    width: int
    height: int = 0
    focus: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True)
class ShownImage:
    """A derivative as it is stored: absolute url, true size in pixels and in bytes."""

    url: str
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True)
class ShownFile:
    """A stored document that mail and web link to: absolute url, name with ending, media type."""

    url: str
    name: str
    media_type: str
    size_bytes: int
