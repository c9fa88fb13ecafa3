"""Single cells: made harmless for spreadsheets on the way out, read back and tidied on the way in (trust case J12)."""

import re
import unicodedata

# A spreadsheet runs a cell that begins so. Apostrophes before it count too, so that reading undoes writing exactly.
_FORMULA = re.compile(r"['\s]*[=+\-@\t\r\n＝＋－＠]")
# Written where letters cannot be read, or turning the reading direction (Unicode TR 9): never part of a name.
_UNREADABLE = "\ufffd"
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def guard(text: str) -> str:
    """Return `text` as no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """Undo `guard`; other text comes back as it is."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def tidy(cell: str, longest: int, what: str) -> str:
    """Return a cell with single blanks in NFC; ValueError with a sentence when it cannot be kept."""
    if not cell:
        return ""
    value = " ".join(cell.split())
    if value[:1] == "'":
        value = unguard(value)
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if len(value) > longest:
        raise ValueError(f"The {what} has more than {longest} characters.")
    if not value.isprintable() or _UNREADABLE in value:
        _refuse_unreadable(value, what)
    return value


def _refuse_unreadable(value: str, what: str) -> None:
    if _UNREADABLE in value:
        raise ValueError(f"The {what} has letters that cannot be read in this encoding.")
    # Other format characters stay: Persian names and emoji are written with joiners.
    if any(char in _TURNING or unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError(f"The {what} has control characters.")
