"""Pictures for the demo, drawn here so that none has to be carried along: layered hills, a lake and a low sun."""

import io
import math

from PIL import Image, ImageDraw

# Sky top and bottom, sun, hills from far to near, water.
_PALETTES = {
    "autumn": ("#f3d9b1", "#f7efe2", "#e07a3f", ("#b9a58c", "#8c7a5f", "#5d5a3f", "#2f3b2f"), "#7f9aa0"),
    "winter": ("#c9d9e6", "#f2f5f7", "#f4c9a2", ("#a9bccb", "#7f9bb0", "#52738c", "#284760"), "#9fb8c8"),
    "summer": ("#bfe3ea", "#f1f8f2", "#f6d365", ("#a8cfae", "#79b38a", "#3f8a6b", "#145a4f"), "#5fa8b8"),
}


def draw_landscape(palette: str, width: int = 1600, height: int = 900) -> bytes:
    """Return a JPEG landscape; the same arguments always give the same octets."""
    top, bottom, sun, hills, water = _PALETTES[palette]
    image = _gradient(top, bottom, width, height)
    draw = ImageDraw.Draw(image)
    radius = height * 0.09
    x, y = width * 0.7, height * 0.34
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=sun)
    for layer, colour in enumerate(hills):
        base = height * (0.42 + 0.11 * layer)
        ridge = [
            (px, base - height * (0.10 - 0.012 * layer) * _wave(px / width, layer)) for px in range(0, width + 8, 8)
        ]
        draw.polygon([(0, height), *ridge, (width, height)], fill=colour)
    draw.rectangle((0, height * 0.87, width, height), fill=water)
    for line in range(6):
        inset = width * (0.08 + 0.11 * ((line * 7) % 5))
        level = height * (0.885 + 0.018 * line)
        draw.line((inset, level, inset + width * 0.22, level), fill=bottom, width=3)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=86, progressive=True)
    return buffer.getvalue()


def draw_logo(size: int = 320) -> bytes:
    """Return a PNG mark on a solid plate, so that it can be seen in light and in dark."""
    image = Image.new("RGB", (size, size), "#005a70")
    draw = ImageDraw.Draw(image)
    for layer, colour in enumerate(("#8fd3e6", "#cdeaf2", "#ffffff")):
        base = size * (0.5 + 0.13 * layer)
        ridge = [(x, base - size * 0.10 * _wave(x / size * 0.8, layer)) for x in range(0, size + 2, 2)]
        below = [(x, y + size * 0.055) for x, y in reversed(ridge)]
        draw.polygon([*ridge, *below], fill=colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _wave(position: float, layer: int) -> float:
    phase = 1.7 * layer
    return (
        math.sin(position * 6.1 + phase) + 0.5 * math.sin(position * 13.7 + 2 * phase) + 0.2 * math.sin(position * 31)
    )


def _gradient(top: str, bottom: str, width: int, height: int) -> Image.Image:
    strip = Image.linear_gradient("L").resize((width, height))
    return Image.composite(Image.new("RGB", strip.size, bottom), Image.new("RGB", strip.size, top), strip)
