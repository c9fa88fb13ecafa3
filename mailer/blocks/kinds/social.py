"""social: where else readers can follow the organisation. No icons from other hosts, no share buttons."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from mailer.blocks.fields import Heading, Part, RequiredUrl
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import mark

Service = Literal[
    "bluesky", "facebook", "github", "instagram", "linkedin", "mastodon", "threads", "tiktok", "vimeo", "x", "youtube"
]  # fmt: skip
# Display name, the sign on the badge and its colour, dark enough for white text.
SERVICES: dict[str, tuple[str, str, str]] = {
    "bluesky": ("Bluesky", "B", "#0a66c2"),
    "facebook": ("Facebook", "f", "#1558b0"),
    "github": ("GitHub", "G", "#24292f"),
    "instagram": ("Instagram", "I", "#a8276c"),
    "linkedin": ("LinkedIn", "in", "#0a66c2"),
    "mastodon": ("Mastodon", "M", "#563acc"),
    "threads": ("Threads", "@", "#1b2a32"),
    "tiktok": ("TikTok", "T", "#1b2a32"),
    "vimeo": ("Vimeo", "V", "#0b6a8a"),
    "x": ("X", "X", "#1b2a32"),
    "youtube": ("YouTube", "Y", "#b80000"),
}
_SHARE_INTENT = re.compile(r"/(sharer?|share-offsite|sharearticle|intent)(/|\.php|\?|$)", re.IGNORECASE)


def _own_page(url: str) -> str:
    if _SHARE_INTENT.search(url):
        raise ValueError("give the address of your page there, not one that shares something")
    return url


class Channel(Part):
    service: Service
    url: Annotated[RequiredUrl, AfterValidator(_own_page)]


class Social(BlockData):
    NAME: ClassVar = "social"
    LABEL: ClassVar = mark("Social channels")
    EXAMPLES: ClassVar = (
        {
            "heading": "Följ oss",
            "rows": [
                {"service": "facebook", "url": "https://www.facebook.com/exempel"},
                {"service": "linkedin", "url": "https://www.linkedin.com/company/exempel"},
            ],
        },
        {"rows": [{"service": "mastodon", "url": "https://social.example.org/@exempel"}], "layout": "icons"},
    )

    heading: Heading = ""
    rows: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=12)]
    layout: Literal["text", "icons"] = "text"

    def context(self, scene: Scene) -> Mapping[str, object]:  # noqa: ARG002 the same everywhere
        return {"channels": [(*SERVICES[row.service], row.url) for row in self.rows]}
