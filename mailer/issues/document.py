"""The issue as a value: parsing, canonical form, schema, and the stored files it names. Pure.

`parse_document` names every problem at once; `parse_document(dump_document(x)) == x` for every document.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from mailer.assets.needs import ImageNeed
from mailer.blocks.registry import KINDS
from mailer.errors import InvalidError, Problem
from mailer.issues.envelope import Block, IssueDocument
from mailer.issues.problems import explain, is_consequence
from mailer.newsletters.theme import Theme

__all__ = [
    "Block",
    "IssueDocument",
    "document_assets",
    "document_schema",
    "dump_document",
    "file_assets",
    "find_assets",
    "image_needs",
    "logo_need",
    "map_assets",
    "parse_document",
]

MAX_BYTES = 1_000_000
# The logo fits into this box, whatever its shape; it is stored at twice the width.
LOGO_WIDTH, LOGO_HEIGHT = 180, 72


def parse_document(raw: object) -> IssueDocument:
    """Return the issue of a JSON-like value; InvalidError lists every problem with its block and field."""
    if not isinstance(raw, Mapping):
        raise InvalidError([Problem("an issue is an object with number, subject and blocks")])
    if _measure(raw) > MAX_BYTES:
        raise InvalidError([Problem(f"the issue is larger than {MAX_BYTES} bytes")])
    named = _name_blocks(raw)
    try:
        return IssueDocument.model_validate(named)
    except ValidationError as error:
        raise InvalidError([explain(line, named) for line in error.errors() if not is_consequence(line)]) from error


def dump_document(document: IssueDocument) -> dict[str, Any]:
    """Return the canonical form: JSON values only, fields that have their default are left out."""
    dumped = document.model_dump(mode="json", exclude_defaults=True)
    lead = {"number": document.number, "lang": document.lang}
    blocks = [
        {"id": block.id, "type": block.type, "v": block.v, **raw}
        for block, raw in zip(document.blocks, dumped.pop("blocks", []), strict=True)
    ]
    return {**lead, **dumped, "blocks": blocks}


def _measure(raw: Mapping[str, object]) -> int:
    try:
        return len(json.dumps(raw, ensure_ascii=False, default=str).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise InvalidError([Problem("the issue is nested too deep, or holds itself")]) from error


def _name_blocks(raw: Mapping[str, object]) -> dict[str, object]:
    """Give blocks without an id the first free name of b1, b2 …, so that the same input has the same ids."""
    blocks = raw.get("blocks")
    if not isinstance(blocks, list | tuple):
        return dict(raw)
    taken = {block["id"] for block in blocks if isinstance(block, Mapping) and isinstance(block.get("id"), str)}
    free = (name for number in range(1, 2 * len(blocks) + 2) if (name := f"b{number}") not in taken)
    named = [
        {**block, "id": next(free)} if isinstance(block, Mapping) and not block.get("id") else block for block in blocks
    ]
    return {**raw, "blocks": named}


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an issue; each block kind is a branch chosen by `type`."""
    schema = IssueDocument.model_json_schema()
    envelope = Block.model_json_schema()["properties"]
    definitions: dict[str, Any] = {}
    branches = []
    for kind in KINDS:
        data = kind.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(data.pop("$defs", {}))
        definitions[f"{kind.NAME}_block"] = _branch(kind.NAME, kind.VERSION, envelope, data)
        branches.append({"$ref": f"#/$defs/{kind.NAME}_block"})
    schema["properties"]["blocks"]["items"] = {"oneOf": branches}
    schema["required"] = ["number", "subject"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": definitions}


def logo_need(theme: Theme) -> ImageNeed | None:
    return ImageNeed(theme.logo, 2 * LOGO_WIDTH) if theme.logo else None


def image_needs(document: IssueDocument, theme: Theme) -> list[ImageNeed]:
    """Return the derivatives that composing this issue looks up, each once, the logo first."""
    logo = logo_need(theme)
    needs = [logo] if logo else []
    needs += [need for block in document.blocks for need in block.data.images()]
    return list(dict.fromkeys(needs))


def file_assets(document: IssueDocument) -> list[str]:
    """Return the assets that readers download, each once."""
    return list(dict.fromkeys(asset for block in document.blocks for asset in block.data.files()))


def document_assets(document: IssueDocument) -> list[tuple[str, str, str]]:
    """Return (block id, field path, asset) for every asset named in the issue."""
    return [
        (block["id"], path, asset)
        for block in dump_document(document)["blocks"]
        for path, asset in find_assets(block["data"])
    ]


def map_assets(document: IssueDocument, mapping: Mapping[str, str]) -> IssueDocument:
    """Return the issue with its asset names replaced; names that `mapping` does not hold stay."""
    return parse_document(_replace(dump_document(document), mapping))


def find_assets(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field path, asset) for every asset named in a JSON value."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            place = f"{path}.{key}" if path else str(key)
            if key == "asset" and isinstance(inner, str):
                yield place, inner
            else:
                yield from find_assets(inner, place)


def _replace(value: Any, mapping: Mapping[str, str]) -> Any:  # noqa: ANN401 any JSON value
    if isinstance(value, dict):
        return {
            key: mapping.get(inner, inner) if key == "asset" and isinstance(inner, str) else _replace(inner, mapping)
            for key, inner in value.items()
        }
    return [_replace(inner, mapping) for inner in value] if isinstance(value, list) else value


def _branch(name: str, version: int, envelope: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    fixed = {"type": {"const": name}, "v": {"const": version, "default": version}, "data": data}
    return {
        "type": "object",
        "properties": {**envelope, **fixed},
        "required": ["type", "data"],
        "additionalProperties": False,
    }
