"""What an import did: counts, the first lines that a person should see, and a CSV file with every line."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from mailer.subscribers.importing.cells import guard
from mailer.subscribers.importing.outcomes import STAYED_OUT, Line

MOST_SHOWN = 100


@dataclass
class Report:
    """`stayed_out` and `invalid` are the first MOST_SHOWN lines of their kind; `counts` has outcomes that occurred."""

    file: TextIO | None = None
    delimiter: str = ","
    counts: Counter[str] = field(default_factory=Counter)
    stayed_out: list[Line] = field(default_factory=list)
    invalid: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.file:
            csv.writer(self.file, delimiter=self.delimiter).writerow(Line._fields)

    def add(self, lines: list[Line]) -> None:
        """Count and write the lines of a chunk that is committed."""
        counts = Counter(map(attrgetter("outcome"), lines))
        self.counts += counts
        if any(counts[outcome] for outcome in STAYED_OUT):
            _fill(self.stayed_out, (line for line in lines if line.outcome in STAYED_OUT))
        if counts["invalid"]:
            _fill(self.invalid, (line for line in lines if line.outcome == "invalid"))
        if self.file:
            rows = ((line.line, guard(line.address), line.outcome, guard(line.reason)) for line in lines)
            csv.writer(self.file, delimiter=self.delimiter).writerows(rows)


@contextmanager
def open_report(path: Path | None) -> Iterator[TextIO | None]:
    """Open the file of a report; with the mark by which spreadsheets know UTF-8."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield file


def _fill(shown: list[Line], lines: Iterable[Line]) -> None:
    for line in lines:
        if len(shown) == MOST_SHOWN:
            return
        shown.append(line)
