"""media_text: a picture beside a text; on phones the picture stands first, whichever side it has."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Heading, Image, Rich, ShortLine, WebUrl, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.read_more import name_link
from mailer.blocks.scene import Scene
from mailer.i18n import mark

# As wide as a phone shows it, where it fills the line.
WIDTH = 552
_COLUMNS = {"35/65": (35, 65), "50/50": (50, 50)}


class MediaText(BlockData):
    NAME: ClassVar = "media_text"
    LABEL: ClassVar = mark("Picture and text side by side")
    EXAMPLES: ClassVar = (
        {
            "image": {"asset": "skyltar.jpg", "alt": "Namnskyltar med nätverkets logotyp"},
            "heading": "Nytt marknadsföringsmaterial",
            "body": "<p>På senaste stormötet visade vi våra gemensamma namnskyltar.</p>",
            "url": "https://exempel.example.se/material",
        },
        {
            "image": {"asset": "skyltar.jpg", "alt": "Namnskyltar med nätverkets logotyp"},
            "side": "right",
            "ratio": "50/50",
            "body": "<p>Skyltarna går att använda oavsett var du arbetar.</p>",
        },
    )

    image: Image
    side: Literal["left", "right"] = "left"
    ratio: Literal["35/65", "50/50"] = "35/65"
    heading: Heading = ""
    body: Annotated[Rich, Words(800, least=1)]
    url: WebUrl = ""
    link_label: ShortLine = ""

    @property
    def is_plain(self) -> bool:
        return False

    def images(self) -> tuple[ImageNeed, ...]:
        return (self.image.need(WIDTH),)

    def context(self, scene: Scene) -> Mapping[str, object]:
        more = name_link(scene.lang, self.link_label, self.heading, self.body)
        return {"picture": scene.show(self.image, WIDTH), "columns": _COLUMNS[self.ratio], "link_label": more}
