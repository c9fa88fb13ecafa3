"""contacts: people and groups with their addresses, as a list or as cards with portraits."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Image, LongLine, Name, RequiredHeading
from mailer.blocks.kind import BlockData
from mailer.blocks.people import Reachable
from mailer.blocks.scene import Scene
from mailer.i18n import mark

PORTRAIT = 96


class Contact(Reachable):
    name_or_group: Name
    portrait: Image | None = None


class Contacts(BlockData):
    NAME: ClassVar = "contacts"
    LABEL: ClassVar = mark("Contacts")
    CUTS: ClassVar = {"portrait": (PORTRAIT, PORTRAIT)}
    EXAMPLES: ClassVar = (
        {
            "heading": "Arbetsgrupper",
            "intro": "Hör av dig till den grupp som passar din fråga.",
            "rows": [
                {"name_or_group": "Rådgivningsgruppen", "email": "radgivning@example.org"},
                {"name_or_group": "Dan Exempel", "role": "sammankallande", "organisation": "Exempelstads kommun"},
            ],
        },
        {
            "heading": "Vår samordnare",
            "layout": "card",
            "rows": [
                {
                    "name_or_group": "Anna Exempel",
                    "role": "samordnare",
                    "organisation": "Föreningen Exempel",
                    "email": "anna@example.org",
                    "phone": "019-12 34 56",
                    "portrait": {"asset": "anna.jpg", "alt": "Anna Exempel"},
                }
            ],
        },
    )

    heading: RequiredHeading
    intro: LongLine = ""
    rows: Annotated[tuple[Contact, ...], Field(min_length=1, max_length=30)]
    layout: Literal["list", "card"] = "list"

    def images(self) -> tuple[ImageNeed, ...]:
        return tuple(
            row.portrait.need(PORTRAIT, PORTRAIT) for row in self.rows if row.portrait and self.layout == "card"
        )

    def context(self, scene: Scene) -> Mapping[str, object]:
        if self.layout == "list":
            return {"people": [(row, None) for row in self.rows]}
        return {"people": [(row, scene.show(row.portrait, PORTRAIT, PORTRAIT)) for row in self.rows]}
