"""CSV records out of text, with the number of their first line; whatever is wrong becomes a problem of one record.

Read by the csv module where a quotation mark is near and by splitting where not. Memory is bounded by LONGEST_LINE: a
quote that is opened and not closed costs its own line and not the rest of the file.
"""

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, TextIO

LONGEST_LINE = 1 << 17  # characters
MOST_LINES = 20  # of one record: a postal address in a cell has line breaks, a newsletter does not belong there
DELIMITERS = (";", ",", "\t")

TOO_LONG = f"The line has more than {LONGEST_LINE:,} characters."
OPEN_QUOTE = "A quotation mark is opened and not closed, or stands in the wrong place."


class Record(NamedTuple):
    line: int
    cells: list[str]
    problem: str = ""


def read_records(text: TextIO, delimiter: str) -> Iterator[Record]:
    """Yield the records that are not empty. `text` must have its line ends translated (`newline=None`)."""
    number = 0
    waiting: deque[str | None] = deque()  # lines read ahead of the record that is looked at
    for lines, has_quote in _read_blocks(text):
        if has_quote or waiting:
            waiting.extend(lines)
            keep = MOST_LINES if _has_quote_near_end(waiting) else 0
            while len(waiting) > keep:
                taken, record = _take_record(waiting, number + 1, delimiter)
                number += taken
                if record:
                    yield record
            continue
        for line in lines:
            number += 1
            if line is None:
                yield Record(number, [], TOO_LONG)
            elif line:
                yield Record(number, line.split(delimiter))
    while waiting:
        taken, record = _take_record(waiting, number + 1, delimiter)
        number += taken
        if record:
            yield record


def _read_blocks(text: TextIO) -> Iterator[tuple[list[str | None], bool]]:
    """Yield complete lines without their ends, None for one that is too long, and whether a quote is among them."""
    carried, skipping = "", False
    while block := text.read(LONGEST_LINE):
        lines: list[str | None] = [*(carried + block).split("\n")]
        has_quote = '"' in carried or '"' in block
        carried = lines.pop() or ""
        if lines and skipping:
            lines[0], skipping = None, False
        if skipping or len(carried) > LONGEST_LINE:
            carried, skipping = "", True
        yield lines, has_quote
    if carried or skipping:
        yield [None if skipping else carried], '"' in carried


def _take_record(waiting: deque[str | None], number: int, delimiter: str) -> tuple[int, Record | None]:
    """Remove the lines of the next record from `waiting`; return how many, and the record unless it is empty."""
    first = waiting.popleft()
    if first is None:
        return 1, Record(number, [], TOO_LONG)
    if '"' not in first:
        return 1, Record(number, first.split(delimiter)) if first else None
    lines = [first]
    while (cells := _parse(lines, delimiter)) is None:
        if len(lines) > len(waiting) or len(lines) == MOST_LINES:
            break
        following = waiting[len(lines) - 1]
        # A complete record has an even number of quotation marks; more lines cannot mend one that has.
        if following is None or sum(line.count('"') for line in lines) % 2 == 0:
            break
        lines.append(following)
    if cells is None:
        return 1, Record(number, first.split(delimiter), OPEN_QUOTE)
    for _ in lines[1:]:
        waiting.popleft()
    return len(lines), Record(number, cells)


def _has_quote_near_end(lines: deque[str | None]) -> bool:
    return any('"' in (line or "") for line in islice(reversed(lines), MOST_LINES))


def _parse(lines: list[str], delimiter: str) -> list[str] | None:
    try:
        records = list(csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def sniff_delimiter(sample: list[str]) -> str:
    """Return the delimiter that cuts the first lines of a file into the most columns of the same number."""
    best, most = ",", 1
    for delimiter in DELIMITERS:
        widths = [len(_parse([line], delimiter) or []) for line in sample if line.strip()]
        alike = sum(width == widths[0] for width in widths) if widths else 0
        if widths and widths[0] > most and alike * 2 > len(widths):
            best, most = delimiter, widths[0]
    return best
