"""A fact about an event: one row of a table, the same words in all three forms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A row of the table: words, perhaps a link, perhaps words after it. `moment` is the ISO form of a time."""

    label: str
    words: str
    link: str = ""
    link_words: str = ""
    after: str = ""
    moment: str = ""
    prop: str = ""

    @property
    def plain(self) -> str:
        return f"{self.words} {self.link_words}".strip() + self.after
