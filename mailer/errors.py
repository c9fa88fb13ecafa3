"""Broken rules of the domain. They carry no HTTP status: the edges decide how a person is told."""

from collections.abc import Mapping
from dataclasses import dataclass


class MailerError(Exception):
    """A rule of the domain was broken; the message is a sentence for a person, and nothing has changed.

    `msgid` may hold `{names}` that `values` fill in, so that a page can say it in the reader's language.
    """

    def __init__(self, msgid: str = "", **values: object) -> None:
        self.msgid, self.values = msgid, values
        super().__init__(msgid.format(**values) if values else msgid)


class NotFoundError(MailerError):
    """The thing does not exist in this workspace, which for a stranger is the same as not at all."""


class RefusedError(MailerError):
    """The thing exists but what was asked of it is not allowed now."""


class OvertakenError(RefusedError):
    """What was shown has been changed elsewhere, `by` whom if known; `theirs` holds by its field what is there now."""

    def __init__(self, msgid: str, theirs: Mapping[str, str], by: str = "") -> None:
        self.theirs, self.by = dict(theirs), by
        super().__init__(msgid)


class BadFileError(MailerError, ValueError):
    """An upload cannot be used; the message says why, in half a sentence."""


class NoRoomError(BadFileError):
    """The workspace has used up its room for uploads; the message is a whole sentence."""


@dataclass(frozen=True)
class Problem:
    """One fault of an input: where (`block` id, `field` path, either may be empty) and why, in words."""

    reason: str
    block: str = ""
    field: str = ""

    def __str__(self) -> str:
        place = " ".join(part for part in (f"block {self.block}" if self.block else "", self.field) if part)
        return f"{place}: {self.reason}" if place else self.reason


class InvalidError(MailerError):
    """An input has one or more problems; all of them are listed and nothing has changed."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))
