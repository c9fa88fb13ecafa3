"""What tells one block from another in a list: its heading, or else its first words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from mailer.blocks.controls import Control, list_controls
from mailer.blocks.kind import BlockData
from mailer.render.merge import fill_rich
from mailer.render.richtext import visible_text

_WRITTEN = {"line", "text", "rich"}


def summarise(data: BlockData) -> str:
    """Return the heading of a block or its first words, on one line; empty for one without words, such as a rule."""
    own = getattr(data, "heading", "")
    return own or next(_iter_texts(list_controls(type(data)), data.model_dump(mode="json")), "")


def _iter_texts(controls: Sequence[Control], data: Mapping[str, Any]) -> Iterator[str]:
    for control in controls:
        value = data.get(control.name)
        if not value:
            continue
        if control.kind == "rich":
            yield visible_text(fill_rich(value, lambda field, _blank: escape(field.fallback or "…")))
        elif control.kind in _WRITTEN:
            yield " ".join(fill_rich(value, lambda field, _blank: field.fallback or "…").split())
        elif control.kind == "image":
            yield from [value["alt"]] if value["alt"] else []
        elif control.kind == "group":
            yield from _iter_texts(control.inner, value)
        elif control.kind == "rows":
            for row in value:
                yield from _iter_texts(control.inner, row)
