"""Merge fields: the closed list of values a mail takes from its reader, as `{{fornamn|läsare}}`.

An editor's template is split into text and fields, never given to a template engine; composing puts a sentinel in the
field's place, and sending replaces the sentinel by the reader's value. A greeting is refused when it is no template; in
rich text what is no field is only text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
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
_TAG = re.compile(r"(<[^>]*>)")


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


def fill_rich(rich: str, put: Callable[[MergeField, bool], str]) -> str:
    """Return canonical rich text with the HTML that `put` gives in place of each field in its words.

    `put` is told whether a blank stands before the field.
    """
    if "{{" not in rich:
        return rich
    parts = _TAG.split(rich)  # every second one is a tag, in which nothing is a field
    parts[::2] = [_FIELD.sub(lambda found: _fill_one(found, put), words) for words in parts[::2]]
    return "".join(parts)


def fill_for_everybody(rich: str) -> str:
    """Return canonical rich text as readers see it who have told nothing of themselves."""
    return fill_rich(rich, lambda field, _is_led: escape(field.fallback))


def has_stray_braces(rich: str) -> bool:
    """Tell whether something in the text looks like a field and is none, so that readers would see it as it stands."""
    return "{{" in fill_rich(rich, lambda _field, _is_led: "")


def _fill_one(found: re.Match[str], put: Callable[[MergeField, bool], str]) -> str:
    try:
        field = _read_field(unescape(found[1]))
    except ValueError:
        return found[0]
    return put(field, found.string[: found.start()].endswith(" "))


def _read_field(inner: str) -> MergeField:
    name, bar, fallback = inner.partition("|")
    known = _NAMES.get(name.strip().casefold())
    if known is None:
        raise ValueError(f"there is no merge field {name.strip()!r}; the fields are fornamn and organisation")
    if not bar:
        raise ValueError(f"write what readers without a value see, for example {{{{{name.strip()}|läsare}}}}")
    return MergeField(known, clean_line(fallback))
