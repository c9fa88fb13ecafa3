"""Validation errors as problems: where in the issue, and why, in words for a person."""

from collections.abc import Mapping
from typing import Any

from mailer.errors import InvalidError, Problem

_REASONS = {
    "missing": "is required",
    "extra_forbidden": "no such field",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}

_SHAPES = {
    "number": "write the year and the number in it, for example 2017:1",
    "id": "letters, digits, hyphens and underscores, at most 64",
    "audience": "the short name of a list: lower-case letters, digits and hyphens",
}

# The most characters of what somebody wrote that a problem repeats.
_MOST_ECHOED = 40


def refuse_duplicate_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return one JSON object; for `json.loads(…, object_pairs_hook=…)`. InvalidError when a key stands in it twice."""
    whole = dict(pairs)
    if len(whole) < len(pairs):
        names = [name for name, _ in pairs]
        twice = [_shorten(name) for name in whole if names.count(name) > 1]
        raise InvalidError([Problem("stands twice in the same object", field=name) for name in twice])
    return whole


def explain(line: Mapping[str, Any], raw: Mapping[str, object]) -> Problem:
    """Return one pydantic error line as a problem; `raw` is the input, whose blocks have ids."""
    place = list(line["loc"])
    block = ""
    if len(place) > 1 and place[0] == "blocks" and isinstance(place[1], int):
        block = _block_id(raw, place[1])
        place = place[2:]
        if place[:1] == ["data"] and len(place) > 1:
            place = place[1:]
    return Problem(_reason(line), block, ".".join(_shorten(str(part)) for part in place))


def is_consequence(line: Mapping[str, Any]) -> bool:
    """Whether the line only counts the entries that other lines name as faulty."""
    return line["type"] == "too_short" and len(line["input"]) >= int(line["ctx"]["min_length"])


def _block_id(raw: Mapping[str, object], index: int) -> str:
    blocks = raw.get("blocks")
    block = blocks[index] if isinstance(blocks, list) else None
    name = block.get("id") if isinstance(block, Mapping) else None
    return _shorten(name) if isinstance(name, str) else f"number {index + 1}"


def _shorten(text: str) -> str:
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text[:_MOST_ECHOED])
    return shown if len(text) <= _MOST_ECHOED else f"{shown}…"


def _reason(line: Mapping[str, Any]) -> str:
    kind, context = line["type"], line.get("ctx") or {}
    if kind in {"too_short", "string_too_short"}:
        return (
            "is required"
            if isinstance(line["input"], str) or not line["input"]
            else f"at least {context['min_length']}"
        )
    if kind in {"too_long", "string_too_long"} and "max_length" in context:
        thing = "characters" if isinstance(line["input"], str) else "entries"
        return f"at most {context['max_length']} {thing}"
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "string_pattern_mismatch":
        return _SHAPES.get(str(line["loc"][-1]), _SHAPES["audience"])
    if kind in _REASONS:
        return _REASONS[kind].format(**context)
    return str(line["msg"]).removeprefix("Value error, ")
