"""Places for readers' values in a composed issue, and the sentinels that stand there until sending."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

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
    made: dict[tuple[SlotName, str, bool], Slot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{16}", self.nonce):
            raise ValueError("the nonce is 16 hexadecimal characters")

    def take(self, name: SlotName, fallback: str = "", closes_up: bool = False) -> str:
        number = f"{len(self.made):02d}"
        letter = "nmlkjihg"[len(number) - 2]  # so that none begins as another does
        slot = Slot(f"slot{self.nonce}{letter}{number}", name, fallback, closes_up)
        return self.made.setdefault((name, fallback, closes_up), slot).sentinel


# What a reader's own value may have more than the sample's: a token in an address, or a long name of two-octet letters.
_LONGER_BYTES = 60


def count_longer(html: str, slots: Iterable[Slot]) -> int:
    """Return how many octets a reader's HTML, with values in the places of `html`, may have more than the sample's."""
    return _LONGER_BYTES * sum(html.count(slot.sentinel) for slot in slots)


def fill_as_sample(html: str, text: str, slots: Iterable[Slot], link: str) -> tuple[str, str]:
    """Return both forms as a sample reader gets them: fields hold their fallbacks, every personal address is `link`.

    `link` is the address of the issue, so that the one of a reader's own archive is the folder it lies in.
    """
    archive = link.rpartition("/")[0] + "/"
    for slot in slots:
        value = archive if slot.name == "read_url" else link if slot.name.endswith("_url") else slot.fallback
        if slot.name == "answer_url":
            value += "#"  # the number of an answer follows, and is to lead nowhere
        if slot.closes_up and not value:
            html, text = html.replace(" " + slot.sentinel, ""), text.replace(" " + slot.sentinel, "")
        html, text = html.replace(slot.sentinel, escape(value)), text.replace(slot.sentinel, value)
    return html, text
