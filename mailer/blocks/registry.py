"""The kinds of blocks, in the order of the editor's menu. A new kind is one line here."""

from mailer.blocks.kind import BlockData
from mailer.blocks.kinds.heading import Heading
from mailer.blocks.kinds.news import News
from mailer.blocks.kinds.text import Text

KINDS: tuple[type[BlockData], ...] = (
    Heading,
    Text,
    News,
)

BY_NAME: dict[str, type[BlockData]] = {kind.NAME: kind for kind in KINDS}
