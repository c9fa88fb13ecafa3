"""toc: the issue's contents, made anew from the block headings whenever the issue is rendered."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailer.blocks.fields import BlockId, Heading
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import get_translations, mark

MAX_ENTRIES = 12


class Toc(BlockData):
    NAME: ClassVar = "toc"
    LABEL: ClassVar = mark("In this issue")
    EXAMPLES: ClassVar = ({}, {"heading": "Läs om", "include": "picked", "picked": ["b1"], "max": 5})

    heading: Heading = ""
    include: Literal["auto", "picked"] = "auto"
    picked: Annotated[tuple[BlockId, ...], Field(max_length=MAX_ENTRIES)] = ()
    max: Annotated[int, Field(ge=1, le=MAX_ENTRIES)] = MAX_ENTRIES

    def headline(self, lang: str) -> str:
        return self.heading or get_translations(lang).gettext("In this issue")

    def context(self, scene: Scene) -> Mapping[str, object]:
        wanted = [entry for entry in scene.contents if self.include == "auto" or entry.block in self.picked]
        return {"heading": self.headline(scene.lang), "entries": wanted[: self.max]}
