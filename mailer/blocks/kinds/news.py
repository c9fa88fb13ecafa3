"""news: a short piece with a link to the whole story."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Image, RequiredHeading, Rich, ShortLine, WebUrl, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.read_more import name_link
from mailer.blocks.scene import Scene
from mailer.i18n import mark

WIDTH = 552


class News(BlockData):
    NAME: ClassVar = "news"
    LABEL: ClassVar = mark("News item")
    EXAMPLES: ClassVar = (
        {
            "heading": "Handlingsplan för sociala företag",
            "ingress": "<p>Handlingsplanen är nu klar, politiskt fastställd och inlämnad.</p>",
            "url": "https://exempel.example.se/handlingsplan",
        },
        {
            "heading": "Broschyren är tryckt",
            "ingress": "<p>Hämta den hos oss eller beställ hem den.</p>",
            "image": {"asset": "broschyr.jpg", "alt": "Tre broschyrer på ett bord"},
            "url": "https://exempel.example.se/broschyr",
            "link_label": "Beställ broschyren",
        },
    )

    heading: RequiredHeading
    ingress: Annotated[Rich, Words(1200, least=1)]
    image: Image | None = None
    url: WebUrl = ""
    link_label: ShortLine = ""

    def images(self) -> tuple[ImageNeed, ...]:
        return (self.image.need(WIDTH),) if self.image else ()

    def context(self, scene: Scene) -> Mapping[str, object]:
        label = name_link(scene.lang, self.link_label, self.heading, self.ingress)
        return {"picture": scene.show(self.image, WIDTH), "link_label": label}
