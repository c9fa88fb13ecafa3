"""columns: two or three short texts side by side; on phones one below the other."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from mailer.blocks.fields import Heading, Part, Rich, ShortLine, WebUrl, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.read_more import name_link
from mailer.blocks.scene import Scene
from mailer.i18n import mark


class Cell(Part):
    heading: Heading = ""
    body: Annotated[Rich, Words(400, least=1)]
    url: WebUrl = ""
    link_label: ShortLine = ""


class Columns(BlockData):
    NAME: ClassVar = "columns"
    LABEL: ClassVar = mark("Two or three columns")
    EXAMPLES: ClassVar = (
        {
            "cells": [
                {
                    "heading": "Exempelby den 9 maj",
                    "body": "<p>Vi träffas på biblioteket kl. 17.</p>",
                    "url": "https://exempel.example.se/by",
                },
                {"heading": "Exempelstad den 22 maj", "body": "<p>Kom till <strong>folkhögskolan</strong>.</p>"},
                {"heading": "Exempelvik den 30 maj", "body": "<p>Vi håller till i föreningens hus.</p>"},
            ]
        },
        {
            "cells": [
                {
                    "body": "<p>Rådgivningen är öppen på måndagar.</p>",
                    "url": "https://exempel.example.se/tider",
                    "link_label": "Alla tider",
                },
                {"body": "<p>På torsdagar svarar vi i telefon.</p>", "url": "https://exempel.example.se/telefon"},
            ]
        },
    )

    cells: Annotated[tuple[Cell, ...], Field(min_length=2, max_length=3)]

    @property
    def is_plain(self) -> bool:
        return False

    def context(self, scene: Scene) -> Mapping[str, object]:
        more = [name_link(scene.lang, cell.link_label, cell.heading, cell.body) for cell in self.cells]
        # Straight after a heading the columns are its parts.
        return {"cells": list(zip(self.cells, more, strict=True)), "level": 3 if scene.after_heading else 2}
