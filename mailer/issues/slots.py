"""Places for readers' values in a composed issue, and the sentinels that stand there until sending."""

import re
from dataclasses import dataclass, field

from mailer.blocks.scene import SlotName


@dataclass(frozen=True)
class Slot:
    """A place for a reader's value: `sentinel` is replaced by it, or by `fallback` when the reader has none.

    With `closes_up`, the blank before the sentinel goes, too, when nothing is put in its place (Hej Anna! / Hej!).
    """

    sentinel: str
    name: SlotName
    fallback: str
    closes_up: bool = False


@dataclass
class Slots:
    """Hands out sentinels: letters and digits only, so that no escaping or wrapping touches them."""

    nonce: str
    made: dict[tuple[SlotName, str], Slot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{16}", self.nonce):
            raise ValueError("the nonce is 16 hexadecimal characters")

    def take(self, name: SlotName, fallback: str = "", closes_up: bool = False) -> str:
        slot = Slot(f"slot{self.nonce}n{len(self.made):02d}", name, fallback, closes_up)
        return self.made.setdefault((name, fallback), slot).sentinel
