"""contact_box: the closing invitation to get in touch, with the person to turn to."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from mailer.blocks.fields import Heading, Name, Rich, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.people import Reachable
from mailer.blocks.scene import Scene
from mailer.i18n import get_translations, mark


class Coordinator(Reachable):
    name: Name


class ContactBox(BlockData):
    NAME: ClassVar = "contact_box"
    LABEL: ClassVar = mark("Get in touch")
    EXAMPLES: ClassVar = (
        {
            "body": "<p>Håll koll på vår webbplats för nyheter och aktiviteter.</p>",
            "contact": {
                "name": "Anna Exempel",
                "role": "samordnare",
                "email": "anna@example.org",
                "phone": "019-12 34 56",
            },
        },
        {"contact": {"name": "Redaktionen", "email": "redaktion@example.org"}},
    )

    heading: Heading = ""
    body: Annotated[Rich, Words(1500)] = ""
    contact: Coordinator

    def headline(self, lang: str) -> str:
        return self.heading or get_translations(lang).gettext("Contact")

    def context(self, scene: Scene) -> Mapping[str, object]:
        return {"heading": self.headline(scene.lang)}
