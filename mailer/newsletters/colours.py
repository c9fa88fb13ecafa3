"""Whether a colour can be read everywhere a mail uses it, in light and dark, and the nearest one that can. Pure.

Asked when a theme is saved. Themes that were stored or sent before are only held to `theme.Theme`'s own rule.
"""

from dataclasses import dataclass
from typing import Literal

from mailer.i18n import mark
from mailer.newsletters.theme import SHAPE_CONTRAST, TEXT_CONTRAST, make_palette
from mailer.render.colour import contrast, mix, parse_colour

Role = Literal["primary", "accent"]
WHITE, BLACK = "#ffffff", "#000000"
STEPS = 100  # from a colour to black


@dataclass(frozen=True)
class Pair:
    """Two colours that meet; `where` is an English msgid."""

    where: str
    front: str
    back: str
    least: float


@dataclass(frozen=True)
class ColourFault:
    """The worst place of a colour: what was measured there, what is needed, and the nearest colour that passes."""

    where: str
    ratio: float
    least: float
    proposal: str


def find_colour_fault(role: Role, colour: str) -> ColourFault | None:
    """Return what is wrong with a colour; ValueError when it is none."""
    colour = parse_colour(colour)
    failing = [pair for pair in list_pairs(role, colour) if contrast(pair.front, pair.back) < pair.least]
    if not failing:
        return None
    worst = min(failing, key=lambda pair: contrast(pair.front, pair.back) / pair.least)
    return ColourFault(worst.where, contrast(worst.front, worst.back), worst.least, propose_colour(role, colour))


def propose_colour(role: Role, colour: str) -> str:
    """Return the colour, mixed with as little black as makes it pass: only light colours fail."""
    darker = (mix(colour, BLACK, step / STEPS) for step in range(STEPS + 1))
    return next(one for one in darker if _passes(role, one))


def list_pairs(role: Role, colour: str) -> list[Pair]:
    """Return what a colour, and those made of it for the dark, are seen against."""
    c = make_palette(colour, colour)
    if role == "accent":
        return [
            Pair(mark("the line beside a quotation"), c.accent, c.card, TEXT_CONTRAST),
            Pair(mark("the line beside a quotation, in the dark"), c.dark_accent, c.dark_card, TEXT_CONTRAST),
        ]
    links, dark_links = mark("links"), mark("links in the dark")
    return [
        *(Pair(links, c.primary, back, TEXT_CONTRAST) for back in (c.card, c.page, c.tint)),
        *(Pair(dark_links, c.dark_link, back, TEXT_CONTRAST) for back in (c.dark_card, c.dark_page, c.dark_tint)),
        Pair(mark("white words on buttons"), WHITE, c.primary, TEXT_CONTRAST),
        Pair(mark("white words on buttons, in the dark"), WHITE, c.dark_button, TEXT_CONTRAST),
        Pair(mark("the shape of buttons"), c.primary, c.card, SHAPE_CONTRAST),
        Pair(mark("the shape of buttons, in the dark"), c.dark_button, c.dark_card, SHAPE_CONTRAST),
    ]


def _passes(role: Role, colour: str) -> bool:
    return all(contrast(pair.front, pair.back) >= pair.least for pair in list_pairs(role, colour))
