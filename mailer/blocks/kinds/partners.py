"""partners: the organisations behind the newsletter, or those that pay, in the order of the Swedish alphabet."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Image, LongLine, Name, Part, RequiredHeading, WebUrl
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import get_translations, mark, sort_key

LOGO = 160


class Partner(Part):
    name: Name
    url: WebUrl = ""
    logo: Image | None = None


class Partners(BlockData):
    NAME: ClassVar = "partners"
    LABEL: ClassVar = mark("Partners or funders")
    EXAMPLES: ClassVar = (
        {
            "heading": "Nätverkets parter",
            "intro": "Följande parter deltar nu i nätverket:",
            "rows": [
                {"name": "Östra Exempels universitet", "url": "https://universitet.example.se/"},
                {"name": "Exempelstads kommun"},
                {"name": "Åsarnas folkhögskola", "url": "https://folkhogskola.example.se/"},
            ],
        },
        {
            "heading": "Projektet medfinansieras av",
            "kind": "funders",
            "layout": "logos",
            "rows": [
                {
                    "name": f"Fonden {letter}",
                    "url": "https://fonden.example.org/",
                    "logo": {"asset": "logotyp.png", "alt": f"Fonden {letter}"},
                }
                for letter in "ABCD"
            ],
        },
        {"heading": "Parter", "layout": "list", "rows": [{"name": "Exempelstads kommun"}, {"name": "Region Exempel"}]},
    )

    heading: RequiredHeading
    intro: LongLine = ""
    kind: Literal["partners", "funders"] = "partners"
    rows: Annotated[tuple[Partner, ...], Field(min_length=1, max_length=60)]
    layout: Literal["text", "list", "logos"] = "text"

    @property
    def shown_layout(self) -> str:
        """The layout that can be shown: logos only when every row has one."""
        return "list" if self.layout == "logos" and not all(row.logo for row in self.rows) else self.layout

    def images(self) -> tuple[ImageNeed, ...]:
        return tuple(row.logo.need(LOGO) for row in self.rows if row.logo and self.shown_layout == "logos")

    def context(self, scene: Scene) -> Mapping[str, object]:
        rows = sorted(self.rows, key=lambda row: sort_key(row.name))
        shows_logos = self.shown_layout == "logos"
        logos = [(row, scene.show(row.logo, LOGO)) for row in rows] if shows_logos else []
        # What follows each name when they stand in one sentence.
        after = ([", "] * len(rows) + [get_translations(scene.lang).gettext(" and "), "."])[-len(rows) :]
        partners = list(zip(rows, after, strict=True))
        return {"partners": partners, "logos": logos, "layout": self.shown_layout}
