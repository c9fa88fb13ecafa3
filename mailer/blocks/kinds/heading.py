"""heading: a title that opens a part of the issue; straight after another one it is its sub-heading."""

from collections.abc import Mapping
from typing import ClassVar

from mailer.blocks.fields import RequiredHeading
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import mark


class Heading(BlockData):
    NAME: ClassVar = "heading"
    LABEL: ClassVar = mark("Heading")
    EXAMPLES: ClassVar = ({"text": "Pågående och kommande ansökningar"},)

    text: RequiredHeading

    def headline(self, lang: str) -> str:  # noqa: ARG002 the same in every language
        return self.text

    def context(self, scene: Scene) -> Mapping[str, object]:
        return {"level": 3 if scene.after_heading else 2}
