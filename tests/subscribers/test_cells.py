"""Cells: harmless in spreadsheets and the same again on our own import (trust case J12); languages; encodings."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.subscribers.importing.cells import guard, tidy, unguard
from mailer.subscribers.importing.encoding import detect_encoding
from mailer.subscribers.importing.rows import read_language

RUN_BY_SPREADSHEETS = "=+-@\t\r"


@pytest.mark.parametrize("start", RUN_BY_SPREADSHEETS)
def test_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert guard(f"{start}1+1") == f"'{start}1+1"


@given(st.text(st.sampled_from("'=+-@\t\r\n ＝a"), max_size=8) | st.text(max_size=8))
def test_guarded_text_is_harmless_and_comes_back(text: str) -> None:
    guarded = guard(text)
    assert guarded.lstrip()[:1] not in set(RUN_BY_SPREADSHEETS)
    assert unguard(guarded) == text


def test_blanks_are_single_and_letters_composed() -> None:
    assert tidy("  A\u030asa \u00a0\n Berg ", 80, "name") == "Åsa Berg"


def test_joiners_of_names_and_emoji_stay() -> None:
    assert tidy("می\u200cخواهم 👩\u200d🌾", 80, "name") == "می\u200cخواهم 👩\u200d🌾"


@pytest.mark.parametrize("name", ["a\x00b", "a\x1b[2Jb", "a\u202eb", "a\x85\x9db", "a\ufffdb", "a" * 81])
def test_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="The name has"):
        tidy(name, 80, "name")


@pytest.mark.parametrize(("text", "language"), [("sv", "sv"), ("Svenska", "sv"), ("en-GB", "en"), ("fi", ""), ("", "")])
def test_language_is_one_we_have_texts_in(text: str, language: str) -> None:
    assert read_language(text) == language


@pytest.mark.parametrize(
    ("octets", "encoding"),
    [
        ("åäö".encode(), "utf-8"),
        (b"abc", "utf-8"),
        (codecs.BOM_UTF8 + "åäö".encode(), "utf-8-sig"),
        ("åäö".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "åäö".encode("utf-16-be"), "utf-16"),
        ("e-post;namn".encode("utf-16-le"), "utf-16-le"),
        ("e-post;namn".encode("utf-16-be"), "utf-16-be"),
        ("åäö – €".encode("cp1252"), "cp1252"),
        (b"\xe5\x81", "latin-1"),
        (b"a" * 3_000_000 + "å".encode(), "utf-8"),
        (b"a" * 3_000_000 + "å".encode("latin-1"), "cp1252"),
        (b"", "utf-8"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_encoding_is_found_out(octets: bytes, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(octets)
    assert detect_encoding(path) == encoding
