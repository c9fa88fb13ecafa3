"""Turning uploaded image bytes into clean, bounded ones: decoded, turned upright, metadata dropped, resized. Pure.

What comes out is JPEG or PNG, the only two that every mail client shows (`docs/decisions/0005`).
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from mailer.assets.needs import ImageNeed
from mailer.assets.plain import is_plain
from mailer.errors import BadFileError
from mailer.i18n import mark

MAX_PIXELS = 25_000_000
MAX_STORED_WIDTH = 2400
MAX_DERIVATIVE_BYTES = 120_000
_QUALITIES = (80, 72, 64, 55)
_READABLE = ("JPEG", "PNG", "WEBP", "GIF")

NO_PICTURE = mark("the file is not a JPEG, PNG, WebP or GIF image")
BROKEN = mark("the image is broken and cannot be read")
TOO_LARGE = mark("the image has more than {most} million pixels")
ANIMATED = mark("the image moves, which many mail programs do not show")


@dataclass(frozen=True)
class Picture:
    """Encoded image octets with their size in pixels."""

    octets: bytes
    media_type: str
    width: int
    height: int


def clean_picture(raw: bytes) -> Picture:
    """Return an upload without metadata, upright, at most 2400 pixels wide; BadFileError says why it is refused.

    Bytes that are already clean come back unchanged, so that an exported image keeps its content hash.
    """
    image = _decode(raw)
    unchanged = (
        image.format in {"JPEG", "PNG"}
        and image.width <= MAX_STORED_WIDTH
        and image.mode in {"RGB", "L", "RGBA", "P"}
        and is_plain(raw)
    )
    if unchanged:
        return Picture(raw, f"image/{str(image.format).lower()}", image.width, image.height)
    upright = ImageOps.exif_transpose(image)
    if upright.width > MAX_STORED_WIDTH:
        upright = upright.resize((MAX_STORED_WIDTH, max(1, round(upright.height * MAX_STORED_WIDTH / upright.width))))
    return _encode(upright, (88,))


def derive_picture(raw: bytes, need: ImageNeed) -> Picture:
    """Return a clean image in the size and shape of `need`, cut around its focus, never enlarged."""
    image = _decode(raw)
    if need.height:
        scale = min(1.0, image.width / need.width, image.height / need.height)
        size = (max(1, round(need.width * scale)), max(1, round(need.height * scale)))
        shaped = ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=need.focus)
    else:
        width = min(need.width, image.width)
        shaped = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    return _encode(shaped, _QUALITIES)


def _decode(raw: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of a decompression bomb
            image = Image.open(io.BytesIO(raw), formats=_READABLE)
            if image.width * image.height > MAX_PIXELS:
                raise BadFileError(TOO_LARGE, most=MAX_PIXELS // 1_000_000)
            if getattr(image, "is_animated", False):
                raise BadFileError(ANIMATED)
            image.load()
    except UnidentifiedImageError:
        raise BadFileError(NO_PICTURE) from None
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError, Warning) as error:
        raise BadFileError(BROKEN) from error
    return image


def _encode(image: Image.Image, qualities: tuple[int, ...]) -> Picture:
    has_alpha = _is_see_through(image)
    buffer = io.BytesIO()
    if has_alpha or image.mode == "P" or _is_drawing(image):
        flat = image.convert("RGBA" if has_alpha else "RGB")
        flat.info.clear()
        flat.save(buffer, "PNG", optimize=True)
        return Picture(buffer.getvalue(), "image/png", flat.width, flat.height)
    flat = image.convert("RGB")
    flat.info.clear()
    for quality in qualities:
        buffer = io.BytesIO()
        flat.save(buffer, "JPEG", quality=quality, progressive=True, optimize=True)
        if buffer.tell() <= MAX_DERIVATIVE_BYTES:
            break
    return Picture(buffer.getvalue(), "image/jpeg", flat.width, flat.height)


def _is_see_through(image: Image.Image) -> bool:
    """Tell whether any pixel is; screenshots often carry an alpha channel that says nothing, and would stay PNG."""
    if image.mode not in {"RGBA", "LA", "PA"} and "transparency" not in image.info:
        return False
    lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
    return bool(lowest < 255)  # type: ignore[operator]  # of one channel it is a number


def _is_drawing(image: Image.Image) -> bool:
    """Tell whether it is a logo or diagram of few colours, which JPEG would smear and PNG makes smaller."""
    return image.format == "PNG" and image.convert("RGB").getcolors(256) is not None
