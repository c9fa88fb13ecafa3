"""The plain-text part's typography."""

import pytest

from mailer.render.rich import write_plain
from mailer.render.text import wrap_text, write_facts, write_heading


def test_heading_is_in_capitals_over_a_rule() -> None:
    assert write_heading("Nya parter") == "NYA PARTER\n----------"


def test_long_heading_is_wrapped_and_ruled_at_its_widest_line() -> None:
    lines = write_heading("ord " * 30).split("\n")
    assert len(lines) == 3
    assert lines[-1] == "-" * len(lines[0])


def test_facts_stand_in_one_column_and_hang_there() -> None:
    assert write_facts([("Tid", "ord " * 20), ("Anmälan", "nu")]).split("\n") == [
        "Tid:      " + "ord " * 14 + "ord",
        "          " + "ord " * 4 + "ord",
        "Anmälan:  nu",
    ]


def test_lines_hang_under_their_list_mark_and_addresses_stay_whole() -> None:
    address = "https://example.org/" + "a" * 80
    wrapped = wrap_text(f"- {'ord ' * 20}{address}")
    lines = wrapped.rstrip("\n").split("\n")
    assert lines[0].startswith("- ord")
    assert all(line.startswith("  ") for line in lines[1:])
    assert lines[-1] == f"  {address}"


@pytest.mark.parametrize(
    ("rich", "plain"),
    [
        ("<p>a</p><ul><li>\u00a0<ul><li>\u00a0</li></ul></li></ul><p>b</p>", "a\n\nb"),
        ("<ul><li>a<ul><li>\u00a0</li></ul></li><li>b</li></ul>", "- a\n- b"),
        ("<ul><li><ul><li>a</li></ul></li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol><li>a</li><li>\u00a0</li><li>c</li></ol>", "1. a\n3. c"),
    ],
)
def test_list_items_without_words_are_left_out(rich: str, plain: str) -> None:
    assert write_plain(rich) == plain


def test_there_is_one_blank_line_at_a_time_and_none_at_the_ends() -> None:
    assert wrap_text("\n\na  \n\n\n\nb\n\n") == "a\n\nb\n"
