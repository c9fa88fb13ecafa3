"""Which control each field of a kind gets in a form, read from the kind's own schema. Pure.

A new kind needs nothing here: what its fields are decides how they are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from mailer.blocks.kind import BlockData

ControlKind = Literal[
    "line", "text", "rich", "url", "email", "tick", "choice", "day", "moment", "clock", "number",
    "image", "file", "saved", "block", "blocks", "group", "rows", "lines",
]  # fmt: skip
LONG_LINE = 200  # characters from which a text gets several lines
_FORMATS: dict[str, ControlKind] = {
    "uri": "url", "email": "email", "date": "day", "date-time": "moment", "saved-block": "saved",
    "block-id": "block",
}  # fmt: skip
_CLOCK = r"^\d{1,2}[:.]"  # how a time of day begins in the schema


@dataclass(frozen=True)
class Control:
    """A field of a form. `most` are characters, or rows; 0 is no limit. `least` are rows.

    `takes_names`: a line in which merge fields are read.
    `is_on`: a tick that is set unless somebody takes it away. `inner` are the fields of a group or a row.
    """

    name: str
    kind: ControlKind
    is_required: bool = False
    most: int = 0
    least: int = 0
    is_on: bool = False
    takes_names: bool = False
    choices: tuple[str, ...] = ()
    inner: tuple["Control", ...] = ()


@lru_cache(maxsize=64)
def list_controls(kind: type[BlockData]) -> tuple[Control, ...]:
    """Return the controls of a kind's fields, in their order."""
    schema = kind.model_json_schema()
    return _list(schema, schema.get("$defs", {}))


def _list(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> tuple[Control, ...]:
    needed = set(schema.get("required", ()))
    return tuple(_read(name, field, parts, name in needed) for name, field in schema["properties"].items())


def _read(name: str, field: Mapping[str, Any], parts: Mapping[str, Any], is_required: bool) -> Control:
    either = field.get("anyOf") or field.get("oneOf") or [field]
    shapes = [one for one in either if one.get("type") != "null"]
    # A day with or without a time of day is asked for as a moment.
    shape = {**field, **next((one for one in shapes if one.get("format") == "date-time"), shapes[0])}
    if "$ref" in shape:
        return _read_part(name, shape["$ref"].rpartition("/")[2], parts, is_required)
    if shape["type"] == "array":
        return _read_array(name, shape, parts, is_required)
    if shape["type"] in {"boolean", "integer"}:
        return Control(
            name, "tick" if shape["type"] == "boolean" else "number", is_required, is_on=shape.get("default") is True
        )
    return _read_text(name, shape, is_required)


def _read_text(name: str, shape: Mapping[str, Any], is_required: bool) -> Control:
    if "enum" in shape:
        return Control(name, "choice", is_required, choices=tuple(map(str, shape["enum"])))
    if "contentMediaType" in shape:
        return Control(name, "rich", "minLength" in shape, shape["x-max-visible"])
    if shape.get("pattern", "").startswith(_CLOCK):
        return Control(name, "clock", is_required)
    most = shape.get("maxLength", 0)
    usual: ControlKind = "file" if name == "asset" else "text" if most > LONG_LINE else "line"
    kind = _FORMATS.get(shape.get("format", ""), usual)
    return Control(name, kind, is_required or "minLength" in shape, most, takes_names="x-merge" in shape)


def _read_part(name: str, part: str, parts: Mapping[str, Any], is_required: bool) -> Control:
    if part == "Image":
        return Control(name, "image", is_required)
    return Control(name, "group", is_required, inner=_list(parts[part], parts))


def _read_array(name: str, shape: Mapping[str, Any], parts: Mapping[str, Any], is_required: bool) -> Control:
    one = _read(name, shape["items"], parts, is_required=False)
    most = shape.get("maxItems", 0)
    if one.kind == "group":
        # Who fills in many rows begins with what each is called by.
        inner = tuple(sorted(one.inner, key=lambda field: not (field.is_required and field.kind == "line")))
        return replace(
            one, kind="rows", is_required=is_required, inner=inner, most=most, least=shape.get("minItems", 0)
        )
    return Control(name, "blocks" if one.kind == "block" else "lines", is_required, most)
