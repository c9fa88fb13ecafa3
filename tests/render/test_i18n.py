"""Languages: nothing untranslated, dates and numbers as readers write them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from mailer import i18n
from mailer.render.jinja import TEMPLATES

ROOT = Path(i18n.__file__).parent
KEYWORDS: dict[str, None] = dict.fromkeys(["_", "gettext", "mark"])
TEMPLATE_FILES = sorted(path for folder in ("blocks", "mail/issue") for path in (TEMPLATES / folder).iterdir())
# What only forms say is in editing.po and library.po; tests/architecture finds what is missing there.
OF_FORMS = {
    "labels.py",
    "reasons.py",
    "editing.py",
    "starting.py",
    "numbers.py",
    "saving.py",
    "uses.py",
    "sample.py",
    "steps.py",
    "facts.py",
}
CODE_FILES = sorted(
    path for folder in ("blocks", "issues") for path in (ROOT / folder).rglob("*.py") if path.name not in OF_FORMS
)
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true"}


def msgids_of(path: Path) -> set[str]:
    with path.open("rb") as handle:
        if path.suffix == ".py":
            return {first(text) for _, text, *_ in extract("python", handle, KEYWORDS)}
        return {first(text) for _, _, text, _ in babel_extract(handle, ("_", "gettext"), (), OPTIONS)}


def first(text: str | tuple[str | None, ...] | None) -> str:
    return (text if isinstance(text, str) else text[0] if text else "") or ""


def test_every_text_of_an_issue_is_translated_and_none_is_idle() -> None:
    used = set().union(*(msgids_of(path) for path in [*TEMPLATE_FILES, *CODE_FILES])) - {""}
    with (ROOT / "locale" / "sv" / "mail.po").open("rb") as handle:
        known = {message.id: message for message in read_po(handle, locale="sv") if message.id}
    assert used - set(known) == set()
    assert set(known) - used == set()
    assert [message.id for message in known.values() if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("path", sorted((ROOT / "locale").rglob("*.po")), ids=lambda path: path.name)
def test_placeholders_are_the_same_in_every_language(path: Path) -> None:
    for message in read_po(BytesIO(path.read_bytes())):
        if isinstance(message.id, str) and message.id and isinstance(message.string, str):
            assert sorted(i18n_fields(message.id)) == sorted(i18n_fields(message.string)), message.id


def i18n_fields(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("%(")[1:]]


MOMENT = datetime(2016, 12, 6, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "swedish", "english"),
    [
        (lambda lang: i18n.format_day(date(2016, 12, 6), lang), "tisdag 6 december 2016", "Tuesday 6 December 2016"),
        (lambda lang: i18n.format_date(MOMENT, lang), "6 december 2016", "6 December 2016"),
        (lambda lang: i18n.format_time(time(9, 5), lang), "09.05", "09:05"),
        (lambda lang: i18n.format_time_range(MOMENT, None, lang), "12.00", "12:00"),
        (lambda lang: i18n.format_time_range(time(12), time(16, 30), lang), "12.00–16.30", "12:00–16:30"),
        (
            lambda lang: i18n.format_moment(MOMENT, lang),
            "tisdag 6 december 2016 kl. 12.00",
            "Tuesday 6 December 2016 at 12:00",
        ),
        (
            lambda lang: i18n.format_period(MOMENT, datetime(2016, 12, 6, 15, 30, tzinfo=UTC), lang),
            "tisdag 6 december 2016 kl. 12.00–16.30",
            "Tuesday 6 December 2016 at 12:00–16:30",
        ),
        (lambda lang: i18n.format_number(1200.5, lang), "1\u00a0200,5", "1,200.5"),
        (lambda lang: i18n.format_size(1_234_567, lang), "1,2 MB", "1.2 MB"),
        (lambda lang: i18n.format_size(10, lang), "1 kB", "1 kB"),
    ],
)
def test_values_are_written_as_the_language_does(written: Callable[[str], str], swedish: str, english: str) -> None:
    assert (written("sv"), written("en")) == (swedish, english)


def test_a_period_over_days_names_both() -> None:
    end = datetime(2016, 12, 7, 9, 0, tzinfo=UTC)
    assert (
        i18n.format_period(MOMENT, end, "sv") == "tisdag 6 december 2016 kl. 12.00 – onsdag 7 december 2016 kl. 10.00"
    )


def test_unknown_languages_are_an_error() -> None:
    with pytest.raises(KeyError):
        i18n.get_translations("xx")


def test_english_needs_no_catalogue() -> None:
    assert i18n.get_translations("en").gettext("Time") == "Time"
    assert i18n.get_translations("sv").gettext("Time") == "Tid"
