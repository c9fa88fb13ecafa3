"""The colours of the style sheet, computed from its own token file: readable in light and dark (WCAG 2.2, 1.4.3)."""

import re
from pathlib import Path

import pytest

from mailer.render.colour import contrast

TOKENS = Path(__file__).resolve().parents[2] / "frontend" / "src" / "tokens.css"

TEXT = [
    ("text", "page"),
    ("text", "card"),
    ("text", "brand-tint"),
    ("text-secondary", "page"),
    ("text-secondary", "card"),
    ("text-secondary", "brand-tint"),
    ("brand", "page"),
    ("brand", "card"),
    ("brand", "brand-tint"),
    ("brand-hover", "brand-tint"),
    ("brand-text", "brand"),
    ("brand-text", "brand-hover"),
    ("error", "card"),
    *((tone, f"{tone}-tint") for tone in ("success", "warning", "error", "info")),
    *(("text", f"{tone}-tint") for tone in ("success", "warning", "error", "info")),
]
SHAPES = [("field-border", "card"), ("field-border", "page"), ("focus", "page"), ("focus", "card"), ("brand", "card")]


def read_tokens(scheme: str) -> dict[str, str]:
    """Return the colours of a scheme; dark overrides light."""
    light, dark = TOKENS.read_text().split("prefers-color-scheme: dark")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return colours if scheme == "light" else colours | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)])
def test_every_pair_of_colours_is_readable(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = read_tokens(scheme)
    faint = {pair: ratio for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < least}
    assert faint == {}
