"""What the web page of an issue says about itself: its headings, its first picture, its description. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape

from selectolax.lexbor import LexborHTMLParser

from mailer.i18n import get_translations

SHORTEST_CONTENTS = 3  # a list of fewer headings helps nobody
LONGEST_DESCRIPTION = 200

# As templates/blocks/call.html opens a call: the one thing on a page that a later reader must see differently.
_CALL = re.compile(r'<section [^>]*class="block block-call"[^>]* data-closes="([^"]+)">')


@dataclass(frozen=True)
class Heading:
    anchor: str
    text: str


@dataclass(frozen=True)
class PageFacts:
    """`contents` is empty when the issue has its own, or too few headings; `image` when it has no picture."""

    contents: tuple[Heading, ...]
    image: str
    image_alt: str
    description: str


def read_page(web: str, preheader: str) -> PageFacts:
    """Return the facts of a snapshot's web fragment; the description is the preheader, else the first words."""
    tree = LexborHTMLParser(f"<body>{web}</body>")
    headings = tuple(Heading(node.attributes["id"] or "", node.text(strip=True)) for node in tree.css("h2[id]"))
    has_own_contents = tree.css_first("nav") is not None
    image = tree.css_first("figure img, img")
    paragraph = tree.css_first("p")
    words = " ".join(paragraph.text().split()) if paragraph else ""
    return PageFacts(
        contents=() if has_own_contents or len(headings) < SHORTEST_CONTENTS else headings,
        image=(image.attributes.get("src") or "") if image else "",
        image_alt=(image.attributes.get("alt") or "") if image else "",
        description=preheader or _shorten(words),
    )


def mark_closed_calls(web: str, lang: str, *, now: datetime) -> str:
    """Return the fragment with a word on each call for applications whose last day is over."""
    badge = f'<p class="badge">{escape(get_translations(lang).gettext("Closed"))}</p>'
    return _CALL.sub(lambda call: call[0] + (badge if datetime.fromisoformat(call[1]) < now else ""), web)


def _shorten(words: str) -> str:
    if len(words) <= LONGEST_DESCRIPTION:
        return words
    return words[:LONGEST_DESCRIPTION].rpartition(" ")[0] + " …"
