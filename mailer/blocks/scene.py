"""What a block may know of the issue around it while it is rendered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from mailer.assets.needs import ImageNeed, ShownFile, ShownImage
from mailer.blocks.fields import Image
from mailer.newsletters.theme import Theme
from mailer.render.jinja import Form
from mailer.render.merge import MergeName

SlotName = Literal["unsubscribe_url", "manage_url", "read_url", "answer_url"] | MergeName


@dataclass(frozen=True)
class Picture:
    """An image as it is shown: size in CSS pixels, `alt` empty when it only decorates."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Entry:
    """A titled block, for the table of contents."""

    block: str
    title: str


@dataclass(frozen=True)
class Scene:
    """The issue as one block sees it. `slot` returns the sentinel that stands for a reader's value."""

    form: Form
    lang: str
    theme: Theme
    issue_url: str
    images: Mapping[ImageNeed, ShownImage]
    files: Mapping[str, ShownFile]
    contents: tuple[Entry, ...]
    slot: Callable[[SlotName, str, bool], str]
    block: str
    after_heading: bool = False

    @property
    def calendar_url(self) -> str:
        return f"{self.issue_url}/{self.block}.ics"

    def show(self, image: Image | None, width: int, height: int = 0) -> Picture | None:
        """Return the picture at the wanted size, or at its own when the file is smaller."""
        if image is None:
            return None
        file = self.images[image.need(width, height)]
        shown = min(width, file.width)
        alt = "" if image.decorative else image.alt
        return Picture(file.url, shown, max(1, round(shown * file.height / max(1, file.width))), alt)
