"""Collects the English sentences of the web pages, as gettext sees them."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir, extract_from_file

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}
PYTHON_FOLDERS = ("web", "accounts", "shares", "archive", "issues", "newsletters", "lists", "workspaces")

Message = str | tuple[str, ...]


def iter_messages() -> Iterator[Message]:
    """Yield each msgid of templates/pages and of the code behind them; a plural yields both its forms."""
    options = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
    for found in extract_from_dir(
        ROOT / "templates" / "pages",
        [("**.html", "jinja2.ext.babel_extract"), ("**.txt", "jinja2.ext.babel_extract")],
        options,
        keywords=KEYWORDS,
    ):
        yield _forms(found[2])
    for folder in PYTHON_FOLDERS:
        for path in sorted((ROOT / "mailer" / folder).rglob("*.py")):
            for found_here in extract_from_file("python", str(path), keywords=KEYWORDS):
                yield _forms(found_here[1])


def _forms(message: str | tuple[str, ...] | list[str]) -> Message:
    return message if isinstance(message, str) else tuple(message)
