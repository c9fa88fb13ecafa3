"""The plain-text part: 72 columns, headings in capitals over a rule, lists with a hanging indent, aligned facts."""

import re
from textwrap import wrap

COLUMNS = 72
# Mail programs fold or leave out what follows it; its blank counts (RFC 3676 §4.3) and travels as =20.
SIGNATURE = "-- "
_LEAD = re.compile(r" *(?:- |\d{1,2}\. )?")


def write_heading(title: str) -> str:
    """Return the title in capitals, wrapped, with a rule of hyphens under it."""
    lines = wrap(title.upper(), COLUMNS, break_long_words=False, break_on_hyphens=False)
    return "\n".join([*lines, "-" * min(COLUMNS, max(map(len, lines), default=0))])


def write_facts(facts: list[tuple[str, str]]) -> str:
    """Return `label:  value` lines whose values start in one column; long values hang there."""
    width = max((len(label) for label, _ in facts), default=0) + 3
    lines: list[str] = []
    for label, value in facts:
        lead = f"{label}:".ljust(width)
        lines += _fill(value, lead, " " * width)
    return "\n".join(lines)


def wrap_text(text: str) -> str:
    """Wrap every line at 72 columns under its own indent, keep addresses whole, allow one blank line at a time."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines += [line] if line == SIGNATURE else _wrap_line(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _wrap_line(line: str) -> list[str]:
    lead = _LEAD.match(line)
    start = lead.group() if lead else ""
    return _fill(line[len(start) :], start, " " * len(start)) if len(line) > COLUMNS else [line.rstrip()]


def _fill(text: str, start: str, indent: str) -> list[str]:
    filled = wrap(
        text,
        COLUMNS,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled or [start.rstrip()]
