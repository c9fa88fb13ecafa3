"""greeting: a line that greets the reader by name, in mail only."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from mailer.blocks.fields import ShortLine
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import mark
from mailer.render.merge import split_merge_fields


def _with_fallbacks(template: str) -> str:
    split_merge_fields(template)
    return template


class Greeting(BlockData):
    NAME: ClassVar = "greeting"
    LABEL: ClassVar = mark("Greeting by name")
    FORMS: ClassVar = ("email", "text")
    EXAMPLES: ClassVar = (
        {"template": "Hej {{fornamn|}}!"},
        {"template": "Hej {{fornamn|läsare}} på {{organisation|jobbet}}"},
    )

    template: Annotated[
        ShortLine, Field(min_length=1, json_schema_extra={"x-merge": True}), AfterValidator(_with_fallbacks)
    ]

    def context(self, scene: Scene) -> Mapping[str, object]:
        line = ""
        for part in split_merge_fields(self.template):
            if isinstance(part, str):
                line += part
            else:
                line += scene.slot(part.name, part.fallback, not part.fallback and line.endswith(" "))
        return {"line": line}
