"""Colours as #rrggbb: contrast by WCAG 2, mixing, and versions of a colour that can be read on a dark page."""

import re

LIGHT_CARD = "#ffffff"
DARK_PAGE = "#10191d"
DARK_CARD = "#18242a"

_HEX = re.compile(r"#[0-9a-f]{6}")


def parse_colour(value: str) -> str:
    """Return the colour in lower case; only #rrggbb is taken, because mail clients disagree about every other form."""
    colour = value.strip().lower()
    if not _HEX.fullmatch(colour):
        raise ValueError("write the colour as # and six hexadecimal digits, for example #005a70")
    return colour


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of `other` mixed in."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(own + (wanted - own) * share):02x}" for own, wanted in pairs)


def lighten_until(colour: str, background: str, ratio: float) -> str:
    """Return the colour, mixed with white in small steps until it stands out from `background` by `ratio`."""
    steps = (mix(colour, "#ffffff", step / 50) for step in range(51))
    return next(lighter for lighter in steps if contrast(lighter, background) >= ratio)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
