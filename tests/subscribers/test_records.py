"""Reading CSV text: quotes, line ends, overlong cells (trust case J11)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.subscribers.importing.records import (
    LONGEST_LINE,
    OPEN_QUOTE,
    TOO_LONG,
    Record,
    read_records,
    sniff_delimiter,
)


def read(text: str, delimiter: str = ",") -> list[Record]:
    return list(read_records(io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"), delimiter))


def test_lines_are_cut_at_the_delimiter_and_numbered() -> None:
    assert read("a,b\n\nc,d") == [Record(1, ["a", "b"]), Record(3, ["c", "d"])]


def test_line_ends_of_all_systems_may_be_mixed() -> None:
    assert [record.cells for record in read("a\r\nb\rc\nd")] == [["a"], ["b"], ["c"], ["d"]]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    assert read('"a, ""b""",c\n"d\ne",f\ng,h\n') == [
        Record(1, ['a, "b"', "c"]),
        Record(2, ["d\ne", "f"]),
        Record(4, ["g", "h"]),
    ]


def test_quotation_mark_inside_a_plain_cell_is_a_letter() -> None:
    assert read('5" disk,b\nc,d') == [Record(1, ['5" disk', "b"]), Record(2, ["c", "d"])]


def test_unclosed_quote_costs_its_own_line_only() -> None:
    rest = "".join(f"{number},x\n" for number in range(100_000))
    records = read(f'a,b\nc,"d\n{rest}')
    assert [record for record in records if record.problem] == [Record(2, ["c", '"d'], OPEN_QUOTE)]
    assert len(records) == 100_002
    assert records[-1] == Record(100_002, ["99999", "x"])


def test_unclosed_quote_on_the_last_line_is_a_problem_of_that_line() -> None:
    assert read('a,b\nc,"d') == [Record(1, ["a", "b"]), Record(2, ["c", '"d'], OPEN_QUOTE)]


def test_text_after_a_closing_quote_is_a_problem_of_its_line() -> None:
    assert [record.problem for record in read('"a" b,c\nd,e')] == [OPEN_QUOTE, ""]


@pytest.mark.parametrize(
    "cell", ["x" * 10_000_000, '"' + "x" * 10_000_000 + '"', '"' + "x\n" * 1_000_000], ids=str.__len__
)
def test_huge_cell_is_a_problem_and_the_last_line_is_read(cell: str) -> None:
    records = read(f"a,b\n{cell},c\nd,e\n")
    assert records[0] == Record(1, ["a", "b"])
    assert records[1].problem in (TOO_LONG, OPEN_QUOTE)
    assert records[-1].cells == ["d", "e"]
    assert max(len(cell) for record in records for cell in record.cells) <= 2 * LONGEST_LINE


@given(st.lists(st.lists(st.text(st.sampled_from('ab ,;"\nå'), max_size=5), min_size=2, max_size=3), max_size=30))
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    assert [record.cells for record in read(file.getvalue())] == rows


@given(st.text(st.sampled_from('ab,"\n\r\0å'), max_size=200))
def test_no_text_makes_reading_fail(text: str) -> None:
    records = read(text)
    assert [record.line for record in records] == sorted({record.line for record in records})


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["E-post;Namn", "alice@example.org;Berg, Alice"], ";"),
        (["email,name", "alice@example.org,Alice"], ","),
        (["email\tname", "alice@example.org\tBerg, Alice"], "\t"),
        (["email", "alice@example.org"], ","),
        (['"Berg; Alice",alice@example.org', '"Ek; Bob",bob@example.org'], ","),
        ([], ","),
    ],
)
def test_delimiter_is_found_out(lines: list[str], delimiter: str) -> None:
    assert sniff_delimiter(lines) == delimiter
