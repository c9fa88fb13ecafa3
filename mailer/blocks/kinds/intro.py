"""intro: the opening words of the issue, signed by whoever writes them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Heading, Image, Name, Part, Rich, ShortLine, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import get_translations, mark

PORTRAIT = 96


class Signature(Part):
    name: Name
    role: ShortLine = ""
    portrait: Image | None = None


class Intro(BlockData):
    NAME: ClassVar = "intro"
    LABEL: ClassVar = mark("Introduction")
    CUTS: ClassVar = {"portrait": (PORTRAIT, PORTRAIT)}
    EXAMPLES: ClassVar = (
        {
            "body": "<p>Under året gör nätverket mycket tillsammans. Något av det berättar vi om här.</p>",
            "signature": {
                "name": "Anna Exempel",
                "role": "samordnare",
                "portrait": {"asset": "anna.jpg", "alt": "Anna Exempel"},
            },
        },
        {"heading": "Från redaktionen", "body": "<p>Välkommen till årets första nummer.</p>"},
        {
            "heading": "Till dig",
            "body": "<p>Hej <strong>{{fornamn|du &amp; du}}</strong>, hälsa alla på {{organisation|jobbet}}.</p>",
        },
    )

    heading: Heading = ""
    body: Annotated[Rich, Words(1500, least=1)]
    signature: Signature | None = None

    def headline(self, lang: str) -> str:
        return self.heading or get_translations(lang).gettext("Introduction")

    def images(self) -> tuple[ImageNeed, ...]:
        portrait = self.signature.portrait if self.signature else None
        return (portrait.need(PORTRAIT, PORTRAIT),) if portrait else ()

    def context(self, scene: Scene) -> Mapping[str, object]:
        portrait = self.signature.portrait if self.signature else None
        return {"heading": self.headline(scene.lang), "portrait": scene.show(portrait, PORTRAIT, PORTRAIT)}
