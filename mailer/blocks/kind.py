"""What every kind of block is: a frozen model of its fields, with what its three templates are given."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from mailer.assets.needs import ImageNeed
from mailer.blocks.scene import Scene
from mailer.render.jinja import Form


class BlockData(BaseModel):
    """The fields of one kind; subclasses live in `kinds/`, one a file, and are listed in `registry`.

    `EXAMPLES` are complete `data` objects with invented content: the contract test renders each in all forms, and the
    reference shows the first. `LABEL` is the name in the editor's menu, an English msgid. `CUTS` are the fields whose
    pictures are cut to a shape around their focus: shown width and height by the field's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1
    LABEL: ClassVar[str]
    FORMS: ClassVar[tuple[Form, ...]] = ("email", "web", "text")
    EXAMPLES: ClassVar[tuple[Mapping[str, Any], ...]]
    CUTS: ClassVar[Mapping[str, tuple[int, int]]] = {}

    @property
    def is_plain(self) -> bool:
        """Whether the mail template writes column content, which is merged with plain neighbours into one section."""
        return True

    def headline(self, lang: str) -> str:  # noqa: ARG002 kinds with a default heading need it
        """The title under which the table of contents lists the block; empty: not listed."""
        return str(getattr(self, "heading", ""))

    def images(self) -> tuple[ImageNeed, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        """Assets that readers download."""
        return ()

    def check(self, sent_on: date) -> tuple[str, ...]:  # noqa: ARG002 most kinds have nothing to say
        """Return what an editor should know before the issue is sent on this day, as English msgids."""
        return ()

    def context(self, scene: Scene) -> Mapping[str, object]:  # noqa: ARG002 a kind without derived values needs none
        """Values the templates get beside `data`, `id`, `c` (colours) and `scene`."""
        return {}
