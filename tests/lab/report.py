"""The figures as lines on a screen and as the table in docs/reliability.md."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.lab.fault import Fault
from tests.lab.measure import Figures

BEGIN, END = "<!-- figures: made by `make faults` -->", "<!-- end of figures -->"
_COLUMNS = ("lost", "dup", "in_flight", "wrong", "late", "bleed", "truth", "orphans", "t_first", "restarts")


def line(figures: Figures) -> str:
    """Return a fault's figures as one line for people."""
    values = " ".join(f"{name} {getattr(figures, name)}" for name in _COLUMNS)
    verdict = "ok  " if figures.passed else "FAIL"
    words = "; ".join(figures.complaints)
    where = f"{figures.fault:<28} {figures.at:>4.0%} {figures.recipients:>6}"
    return f"{verdict} {where} {figures.seconds:>5.1f} s  {values} {words}".rstrip()


def write(path: Path, figures: Sequence[Figures], faults: Sequence[Fault]) -> None:
    """Put the table between the two marks of a document; ValueError when they are not there."""
    text = path.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{path} has no marks for the table")
    about = {fault.name: fault.about for fault in faults}
    table = "\n".join(_rows(figures, about))
    path.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{table}\n\n{END}", text))


def _rows(figures: Sequence[Figures], about: dict[str, str]) -> list[str]:
    head = ["fault", "what happens", "database", "at", "recipients", *_COLUMNS, "targets"]
    rows = ["| " + " | ".join(head) + " |", "|---" * 4 + "|--:" * (len(head) - 5) + "|---|"]
    for one in figures:
        values = [str(getattr(one, name)) for name in _COLUMNS]
        verdict = "met" if one.passed else "**missed**: " + ("; ".join(one.complaints) or "see the figures")
        cells = [f"`{one.fault}`", about.get(one.fault, ""), one.database, f"{one.at:.0%}", str(one.recipients)]
        rows.append("| " + " | ".join([*cells, *values, verdict.replace("|", "/").replace("\n", " ")]) + " |")
    return rows
