"""image: a picture with its caption."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Image, Line, ShortLine, WebUrl
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import mark

WIDTH = 552


class ImageBlock(BlockData):
    NAME: ClassVar = "image"
    LABEL: ClassVar = mark("Picture with caption")
    EXAMPLES: ClassVar = (
        {
            "image": {"asset": "grupp.jpg", "alt": "Åtta personer står framför en kyrka"},
            "caption": "Projektgruppen på sitt första möte.",
            "credit": "Foto: Bo Exempel",
            "url": "https://exempel.example.se/projektet",
        },
    )

    image: Image
    caption: Annotated[Line, Field(max_length=200)] = ""
    credit: ShortLine = ""
    url: WebUrl = ""

    def images(self) -> tuple[ImageNeed, ...]:
        return (self.image.need(WIDTH),)

    def context(self, scene: Scene) -> Mapping[str, object]:
        return {"picture": scene.show(self.image, WIDTH)}
