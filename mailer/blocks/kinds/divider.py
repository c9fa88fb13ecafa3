"""divider: a line or a pause between two parts. One that divides nothing is left out when the issue is composed."""

from typing import ClassVar, Literal

from mailer.blocks.kind import BlockData
from mailer.i18n import mark


class Divider(BlockData):
    NAME: ClassVar = "divider"
    LABEL: ClassVar = mark("Divider")
    EXAMPLES: ClassVar = ({}, {"style": "space"})

    style: Literal["line", "space"] = "line"
