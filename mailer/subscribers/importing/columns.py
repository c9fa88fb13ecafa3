"""What the columns of a file are: by their Swedish or English names, by what the person said, or by the addresses."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.errors import InvalidError, Problem
from mailer.mime.address import parse_address
from mailer.subscribers.importing.cells import unguard

FIELDS = ("address", "name", "first_name", "last_name", "organisation", "language")
MOST_ATTRIBUTES = 50
LONGEST_ATTRIBUTE_NAME = 40

_NAMES = {
    "address": "epost epostadress mejl mejladress mail mailadress email emailaddress epostaddress address",
    "name": "namn name fullname helanamnet fullständigtnamn kontaktperson",
    "first_name": "förnamn fornamn firstname givenname tilltalsnamn",
    "last_name": "efternamn lastname surname familyname",
    "organisation": "organisation organization org företag foretag company arbetsplats arbetsgivare",
    "language": "språk sprak language lang",
}
_FIELD_BY_NAME = {name: field for field, names in _NAMES.items() for name in names.split()}
# Names that mean something to the product or to JavaScript never become attribute names as they are (trust case I5).
_RESERVED = {
    *("id", "address", "email", "name", "first_name", "last_name", "organisation", "language", "attributes", "state"),
    *("proto", "prototype", "constructor", "workspace", "workspace_id", "list", "token", "role", "hash", "key"),
}


@dataclass(frozen=True)
class Columns:
    """`fields` and `attributes` name columns by position; `has_header` says that the first record is not a person."""

    fields: Mapping[str, int]
    attributes: Mapping[str, int] = field(default_factory=dict)
    has_header: bool = True
    width: int = 1


def recognise_columns(first: list[str], mapping: Mapping[str, str]) -> Columns:
    """Return what the columns are, from the first record; `mapping` gives a field's column by header name or number.

    InvalidError with a sentence when there is no column of addresses or two could be one field.
    """
    first = [unguard(cell.strip()) for cell in first]
    has_header = not any(_is_address(cell) for cell in first)
    chosen = {field: _find_column(first, wanted, has_header) for field, wanted in mapping.items() if _check(field)}
    if has_header:
        fields = _recognise(first, chosen) | chosen
    else:
        fields = {"address": next(i for i, cell in enumerate(first) if _is_address(cell))} | chosen
    if "address" not in fields:
        raise _refusal(f'No column of addresses was recognised. Say which with --map address="…". {_names(first)}')
    rest = [i for i, cell in enumerate(first) if has_header and i not in fields.values() and cell]
    if not has_header and set(range(len(first))) - set(fields.values()):
        raise _refusal("The first line has no column names. Add them, or say with --map name=2 what the columns are.")
    return Columns(fields, _name_attributes(first, rest), has_header, len(first))


def _check(field_name: str) -> bool:
    if field_name not in FIELDS:
        raise _refusal(f"--map knows no {field_name!r}. There are: {', '.join(FIELDS)}.")
    return True


def _find_column(first: list[str], wanted: str, has_header: bool) -> int:
    if wanted.isdecimal() and 1 <= int(wanted) <= len(first):
        return int(wanted) - 1
    matching = [i for i, cell in enumerate(first) if has_header and _plain(cell) == _plain(wanted)]
    if not matching:
        raise _refusal(f"There is no column {wanted!r}. {_names(first)}")
    return matching[0]


def _recognise(first: list[str], chosen: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, cell in enumerate(first):
        name = _FIELD_BY_NAME.get(_plain(cell))
        if name is None or name in chosen or i in chosen.values():
            continue
        if name in found:
            raise _refusal(f"{first[found[name]]!r} and {cell!r} both look like {name}. Say which with --map {name}=…")
        found[name] = i
    return found


def _name_attributes(first: list[str], positions: list[int]) -> dict[str, int]:
    if len(positions) > MOST_ATTRIBUTES:
        raise _refusal(f"The file has {len(positions)} further columns; at most {MOST_ATTRIBUTES} are kept.")
    names: dict[str, int] = {}
    for position in positions:
        name = attribute_name(first[position])
        number = 2
        while name in names:
            name = f"{attribute_name(first[position])}_{number}"
            number += 1
        names[name] = position
    return names


def attribute_name(header: str) -> str:
    """Return a column's name as attribute name: a-z, digits and underscores, never one that means something to us."""
    letters = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST_ATTRIBUTE_NAME]
    return f"column_{name}".rstrip("_") if name in _RESERVED or not name[:1].isalpha() else name


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", name).casefold())


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except ValueError:
        return False
    return True


def _names(first: list[str]) -> str:
    return f"The first line has: {', '.join(repr(cell[:40]) for cell in first[:20])}."


def _refusal(reason: str) -> InvalidError:
    return InvalidError([Problem(reason)])
