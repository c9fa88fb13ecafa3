"""Merge fields where none is replaced: headings and all other lines, which readers see as they stand. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from mailer.blocks.controls import Control


def has_braces_in_lines(controls: Sequence[Control], data: Mapping[str, Any]) -> bool:
    """Tell whether something looks like a merge field elsewhere than in running text and a greeting."""
    return any(_has_braces(control, data.get(control.name)) for control in controls)


def _has_braces(control: Control, value: object) -> bool:
    if not value or control.kind == "rich" or control.takes_names:
        return False
    if isinstance(value, Mapping):
        inner = control.inner or (Control("alt", "line"),)  # a picture has words of its own
        return has_braces_in_lines(inner, value)
    if control.kind == "rows" and isinstance(value, Sequence):
        return any(has_braces_in_lines(control.inner, row) for row in value)
    return "{{" in str(value)
