"""Rows: a record read as a person with a checked address, or as a problem in words."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mailer.mime.address import parse_address
from mailer.subscribers.importing.cells import tidy, unguard
from mailer.subscribers.importing.columns import Columns
from mailer.subscribers.importing.records import Record
from mailer.tokens import hash_address

LONGEST_NAME = 80
LONGEST_ORGANISATION = 120
LONGEST_ATTRIBUTE = 500
LONGEST_SHOWN = 100  # of an address that is none, in the report

_LANGUAGES = {
    **dict.fromkeys(("sv", "svenska", "swedish", "se", "swe"), "sv"),
    **dict.fromkeys(("en", "engelska", "english", "eng", "gb"), "en"),
}


class Row(NamedTuple):
    """`address` is fit to be shown; the rest is empty when there is a `problem`."""

    line: int
    address: str
    problem: str
    key: str = ""
    hash: bytes = b""
    name: str = ""
    organisation: str = ""
    language: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


def read_rows(records: Iterable[Record], columns: Columns) -> Iterator[Row]:
    """Yield a row for each record that is not blank."""
    position, width = columns.fields["address"], columns.width
    has_details = len(columns.fields) > 1 or bool(columns.attributes)
    for record in records:
        cells = record.cells
        if record.problem or len(cells) != width:
            problem = record.problem or _fit(cells, width)
            if problem:
                yield Row(record.line, _show(cells), problem)
                continue
        text = cells[position].strip()
        if not text and not any(map(str.strip, cells)):
            continue
        try:
            address, key = parse_address(unguard(text))
            details = _read_details(cells, columns) if has_details else ()
            yield Row(record.line, address, "", key, hash_address(key), *details)
        except ValueError as error:
            yield Row(record.line, text[:LONGEST_SHOWN], str(error))


def _read_details(cells: list[str], columns: Columns) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    fields = columns.fields

    def cell(field: str) -> str:
        return cells[fields[field]] if field in fields else ""

    name = cell("name") if "name" in fields else f"{cell('first_name')} {cell('last_name')}"
    attributes = [
        (name, value)
        for name, position in columns.attributes.items()
        if (value := tidy(cells[position], LONGEST_ATTRIBUTE, name))
    ]
    return (
        tidy(name, LONGEST_NAME, "name"),
        tidy(cell("organisation"), LONGEST_ORGANISATION, "organisation"),
        read_language(tidy(cell("language"), LONGEST_ATTRIBUTE, "language")) if "language" in fields else "",
        tuple(attributes),
    )


def read_language(text: str) -> str:
    """Return `sv` or `en`, or nothing for a language we have no texts in: then the newsletter's own is used."""
    return _LANGUAGES.get(text.strip().casefold().partition("-")[0].partition("_")[0], "")


def _fit(cells: list[str], width: int) -> str:
    """Make a record as wide as the header; return a problem when it has more cells with something in them."""
    if any(map(str.strip, cells[width:])):
        return f"The line has {len(cells)} cells, the first line {width}: a delimiter stands in a cell without quotes."
    del cells[width:]
    cells.extend([""] * (width - len(cells)))
    return ""


def _show(cells: list[str]) -> str:
    """Return the cell that says best which line this is."""
    return next((cell for cell in cells if "@" in cell), cells[0] if cells else "")[:LONGEST_SHOWN].strip()
