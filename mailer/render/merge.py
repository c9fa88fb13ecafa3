"""Merge fields: the closed list of values a mail takes from its reader, as `{{fornamn|läsare}}`.

An editor's template is split into text and fields, never given to a template engine; composing puts a sentinel in the
field's place, and sending replaces the sentinel by the reader's value.
"""

import re
from dataclasses import dataclass
from typing import Literal

from mailer.render.sanitise import clean_line

MergeName = Literal["first_name", "organisation"]

_NAMES: dict[str, MergeName] = {
    "fornamn": "first_name",
    "förnamn": "first_name",
    "first_name": "first_name",
    "organisation": "organisation",
}
_FIELD = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True)
class MergeField:
    """A reader's value, and what stands there for readers without it (may be empty, but must be given)."""

    name: MergeName
    fallback: str


def split_merge_fields(template: str) -> list[str | MergeField]:
    """Return texts and fields in order; ValueError names a field that is unknown, not closed, or without a fallback."""
    parts: list[str | MergeField] = []
    for index, part in enumerate(_FIELD.split(template)):
        if index % 2:
            parts.append(_read_field(part))
        elif "{{" in part or "}}" in part:
            raise ValueError("a merge field is written {{fornamn|läsare}}, without other braces inside")
        elif part:
            parts.append(part)
    return parts


def _read_field(inner: str) -> MergeField:
    name, bar, fallback = inner.partition("|")
    known = _NAMES.get(name.strip().casefold())
    if known is None:
        raise ValueError(f"there is no merge field {name.strip()!r}; the fields are fornamn and organisation")
    if not bar:
        raise ValueError(f"write what readers without a value see, for example {{{{{name.strip()}|läsare}}}}")
    return MergeField(known, clean_line(fallback))
