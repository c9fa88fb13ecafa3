"""Faults of a form as its page shows them: a box above that links to the fields, and the same words at each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mailer.errors import InvalidError
from mailer.i18n import get_translations

UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass
class Faults:
    """What is wrong, by the name of the field, in the order it was found; empty when nothing is."""

    lang: str
    by_field: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, msgid: str, **values: object) -> None:
        """Note a fault of a field in the page's language; the first one of a field stays."""
        words = get_translations(self.lang).gettext(msgid)
        self.by_field.setdefault(name, words.format(**values) if values else words)

    def note(self, name: str, words: str) -> None:
        """Note a fault in words that are in the page's language already."""
        self.by_field.setdefault(name, words)

    def take(self, error: InvalidError, names: Mapping[str, str] | None = None) -> None:
        """Note what a domain function found; `names` maps its fields to the page's where they differ."""
        for problem in error.problems:
            self.add((names or {}).get(problem.field, problem.field), problem.reason)

    def __bool__(self) -> bool:
        return bool(self.by_field)

    @property
    def status(self) -> int:
        return UNPROCESSABLE if self else HTTPStatus.OK
