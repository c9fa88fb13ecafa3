"""An issue on stage for tests: theme, links, and images and files as if they were stored. Everything is invented."""

from collections.abc import Iterable, Mapping
from typing import Any

from mailer.assets.needs import ImageNeed, ShownFile, ShownImage
from mailer.blocks.registry import KINDS
from mailer.issues.compose import Composition, IssueLinks, compose_issue
from mailer.issues.document import IssueDocument, file_assets, image_needs, parse_document
from mailer.newsletters.theme import Theme

NONCE = "0123456789abcdef"
LINKS = IssueLinks(
    web="https://nyhetsbrev.example.org/exempel/2017-1",
    archive="https://nyhetsbrev.example.org/exempel",
    share="https://nyhetsbrev.example.org/exempel/2017-1/tipsa",
)
THEME = Theme(
    organisation="Föreningen Exempel",
    organisation_number="802000-0000",
    website="https://www.example.org/",
    email="info@example.org",
    phone="019-12 34 56",
    postal_address="Storgatan 1, 123 45 Exempelstad",
    privacy_url="https://www.example.org/personuppgifter",
    logo="logotyp.png",
)


def make_document(blocks: Iterable[Mapping[str, Any]] = (), **fields: object) -> IssueDocument:
    """Return an issue; blocks are given as {"type", "data"} with anything else of the envelope."""
    settings = {
        "number": "2017:1",
        "subject": "Inbjudan och nya parter",
        "preheader": "Vi träffas den 6 december.",
        "date": "2016-11-02",
    }
    return parse_document({**settings, **fields, "blocks": list(blocks)})


def make_rich_document(lang: str = "sv") -> IssueDocument:
    """Return an issue with every example of every kind."""
    return make_document(
        ({"type": kind.NAME, "data": example} for kind in KINDS for example in kind.EXAMPLES), lang=lang
    )


def show_image(need: ImageNeed) -> ShownImage:
    name = need.asset.rpartition(".")[0] or need.asset
    height = need.height or need.width // 2
    return ShownImage(f"https://nyhetsbrev.example.org/a/{name}-{need.width}.jpg", need.width, height, 40_000)


def show_file(name: str) -> ShownFile:
    return ShownFile(f"https://nyhetsbrev.example.org/a/{name}", name, "application/pdf", 1_234_567)


def compose(document: IssueDocument, theme: Theme = THEME, **options: Any) -> Composition:  # noqa: ANN401
    """Compose with an image and a file for every need."""
    return compose_issue(
        document,
        theme,
        LINKS,
        {need: show_image(need) for need in image_needs(document, theme)},
        {name: show_file(name) for name in file_assets(document)},
        nonce=NONCE,
        **options,
    )


def compose_block(kind: str, data: Mapping[str, Any], lang: str = "sv") -> Composition:
    return compose(make_document([{"type": kind, "data": data}], lang=lang))
