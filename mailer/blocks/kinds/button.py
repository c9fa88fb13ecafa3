"""button: one action, with a verb first."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailer.blocks.fields import ButtonLabel, RequiredLink
from mailer.blocks.kind import BlockData
from mailer.i18n import mark


class Button(BlockData):
    NAME: ClassVar = "button"
    LABEL: ClassVar = mark("Button")
    EXAMPLES: ClassVar = (
        {"label": "Anmäl dig till konferensen", "url": "https://exempel.example.se/konferens"},
        {"label": "Skriv till oss", "url": "mailto:info@example.org", "style": "secondary"},
    )

    label: Annotated[ButtonLabel, Field(min_length=1)]
    url: RequiredLink
    style: Literal["primary", "secondary"] = "primary"
