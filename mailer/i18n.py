"""Languages of readers: gettext catalogues with English msgids; dates, times and numbers as each language writes them.

All `.po` files of `mailer/locale/<language>/` count as one catalogue and are read when first needed, so that no
compiled files are kept. Pure: called by blocks, issues, web pages and the service's own mail.
"""

import gettext
import unicodedata
from datetime import date, datetime, time
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from mailer.clock import LOCAL_ZONE

LANGUAGES = ("sv", "en")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_REGIONS = {"sv": "sv_SE", "en": "en_GB"}
_CLOCK_PATTERNS = {"sv": "HH.mm", "en": "HH:mm"}
_MOMENT_PATTERNS = {"sv": "{day} kl. {time}", "en": "{day} at {time}"}
_SIZE_UNITS = ("kB", "MB", "GB")
# å ä ö follow z, as { does in ASCII; other letters sort by their base letter.
_AFTER_Z = {"å": "{1", "ä": "{2", "æ": "{2", "ö": "{3", "ø": "{3"}


@lru_cache
def get_translations(lang: str) -> gettext.NullTranslations:
    """Return the merged catalogue of `lang`; msgids are English, so English has (and needs) none."""
    _check(lang)
    files = sorted((LOCALE_FOLDER / lang).glob("*.po"))
    if not files:
        return gettext.NullTranslations()
    merged = Catalog(locale=lang)
    for path in files:
        with path.open("rb") as handle:
            for message in read_po(handle, locale=lang):
                if message.id:
                    merged[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def mark(msgid: str) -> str:
    """Return `msgid` as it is; marks a string for extraction that is translated later (babel keyword `mark`)."""
    return msgid


def format_day(day: date, lang: str) -> str:
    """Write a date with its weekday: tisdag 6 december 2016."""
    return babel_date(_local_date(day), "EEEE d MMMM y", locale=_check(lang))


def format_date(day: date, lang: str) -> str:
    """Write a date: 6 december 2016."""
    return babel_date(_local_date(day), "d MMMM y", locale=_check(lang))


def format_time(moment: time | datetime, lang: str) -> str:
    """Write a time of day: 12.00 in Swedish, 12:00 in English."""
    clock = moment.astimezone(LOCAL_ZONE).time() if isinstance(moment, datetime) else moment
    return babel_time(clock, _CLOCK_PATTERNS[lang], locale=_check(lang))


def format_time_range(start: time | datetime, end: time | datetime | None, lang: str) -> str:
    """Write 12.00–16.30, or only the start when no end is known."""
    return format_time(start, lang) if end is None else f"{format_time(start, lang)}–{format_time(end, lang)}"


def format_moment(moment: datetime, lang: str) -> str:
    """Write a day and its time: tisdag 6 december 2016 kl. 12.00."""
    return _MOMENT_PATTERNS[lang].format(day=format_day(moment, lang), time=format_time(moment, lang))


def format_period(start: datetime, end: datetime | None, lang: str) -> str:
    """Write tisdag 6 december 2016 kl. 12.00–16.30; an end on another day is written out."""
    if end is None:
        return format_moment(start, lang)
    if _local_date(start) == _local_date(end):
        return _MOMENT_PATTERNS[lang].format(day=format_day(start, lang), time=format_time_range(start, end, lang))
    return f"{format_moment(start, lang)} – {format_moment(end, lang)}"


def format_number(number: float, lang: str) -> str:
    """Write a number with the groups and decimals of the language: 1 200 (non-breaking) or 1,200."""
    return format_decimal(number, locale=_check(lang))


def format_size(size_bytes: int, lang: str) -> str:
    """Write a file size: 1,2 MB. Units of 1000 bytes, as file managers show them."""
    amount, unit = size_bytes / 1000, 0
    while amount >= 1000 and unit < len(_SIZE_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    rounded = max(1, round(amount)) if unit == 0 else round(amount, 1)
    return f"{format_number(rounded, lang)} {_SIZE_UNITS[unit]}"


def sort_key(name: str) -> str:
    """Return what sorts a name as Swedish does: å, ä and ö after z, other accents by their letter."""
    letters = (_AFTER_Z.get(letter) or unicodedata.normalize("NFD", letter)[0] for letter in name.casefold())
    return "".join(letters)


def _local_date(day: date) -> date:
    return day.astimezone(LOCAL_ZONE).date() if isinstance(day, datetime) else day


def _check(lang: str) -> str:
    return _REGIONS[lang]
