"""The metrics: each is shown to see what it is there for."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.ledger import Line
from tests.lab.measure import Figures, count_bleeding, count_late
from tests.lab.report import BEGIN, END, line, write

GOOD = Figures("kill-worker", 0.5, 100, dup=3, in_flight=10, t_first=2.0)


def taken(number: int, *marks: str, mail_from_at: float = 0.0) -> Line:
    who = f"rxq{number:06d}"
    return Line(1.0, mail_from_at, 1, 1, "s@example.org", f"{who}@example.org", "<1>", 9, "", frozenset(marks or [who]))


def test_another_readers_number_or_link_in_a_mail_is_bleeding() -> None:
    assert count_bleeding([taken(1, "rxq000001", "/u/abc"), taken(2, "Rxq000002", "/u/def")]) == 0
    assert count_bleeding([taken(1, "rxq000002"), taken(2)]) == 1
    assert count_bleeding([taken(1, "rxq000001", "/u/abc"), taken(2, "rxq000002", "/u/abc")]) == 2
    assert count_bleeding([replace(taken(1), marks=frozenset())]) == 1


def test_a_mail_begun_more_than_five_seconds_after_leaving_is_late() -> None:
    barred = {"rxq000001@example.org": 100.0}
    assert count_late([taken(1, mail_from_at=104.9), taken(2, mail_from_at=300)], barred) == 0
    assert count_late([taken(1, mail_from_at=105.1)], barred) == 1


@pytest.mark.parametrize(
    "change",
    [
        *({name: 1} for name in ("lost", "wrong", "late", "bleed", "truth", "orphans")),
        *({"dup": 11}, {"t_first": 10.1}, {"complaints": ("it ended as held",)}),
    ],
)
def test_a_missed_target_is_a_failure(change: dict[str, object]) -> None:
    assert GOOD.passed
    missed = replace(GOOD, **change)  # type: ignore[arg-type]  # names of its fields
    assert not missed.passed
    assert line(missed).startswith("FAIL")


def test_the_table_stands_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write(page, [GOOD], [])
    text = page.read_text()
    assert "old" not in text
    assert "| `kill-worker` |" in text
    assert (text[:6], text[-6:]) == ("before", "after\n")
    page.write_text("no marks")
    with pytest.raises(ValueError, match="no marks"):
        write(page, [GOOD], [])
