"""saved: stands for a block that the newsletter keeps in one place, and is shown as that one is now."""

from datetime import date
from typing import ClassVar

from mailer.blocks.fields import SavedName
from mailer.blocks.kind import BlockData
from mailer.i18n import mark


class Saved(BlockData):
    """Rendered by the kind of the block it stands for, so it only shows itself when there is no such block any more."""

    NAME: ClassVar = "saved"
    LABEL: ClassVar = mark("Saved block")
    EXAMPLES: ClassVar = ({"saved": "arbetsgrupper"},)

    saved: SavedName

    def headline(self, lang: str) -> str:  # noqa: ARG002 it has no words of its own
        return ""

    def check(self, sent_on: date) -> tuple[str, ...]:  # noqa: ARG002 true on every day
        return (mark("The saved block it stands for is not there any more."),)
