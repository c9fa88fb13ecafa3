"""hero: the main picture, from edge to edge under the masthead."""

from collections.abc import Mapping
from typing import ClassVar

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Image, ShortLine, WebUrl
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import mark

WIDTH, HEIGHT = 600, 290


class Hero(BlockData):
    NAME: ClassVar = "hero"
    LABEL: ClassVar = mark("Main picture")
    CUTS: ClassVar = {"image": (WIDTH, HEIGHT)}
    EXAMPLES: ClassVar = (
        {
            "image": {
                "asset": "mote.jpg",
                "alt": "Deltagare runt ett bord vid höstens nätverksmöte",
                "focus": [0.5, 0.4],
            },
            "caption": "Höstens nätverksmöte samlade fyrtio deltagare.",
            "link": "https://exempel.example.se/mote",
        },
        {"image": {"asset": "landskap.jpg", "decorative": True}},
    )

    image: Image
    link: WebUrl = ""
    caption: ShortLine = ""

    @property
    def is_plain(self) -> bool:
        return False

    def images(self) -> tuple[ImageNeed, ...]:
        return (self.image.need(WIDTH, HEIGHT),)

    def context(self, scene: Scene) -> Mapping[str, object]:
        return {"picture": scene.show(self.image, WIDTH, HEIGHT)}
