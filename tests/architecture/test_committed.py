"""What must never be committed: addresses of machines and registries, secrets, other people's code, large files."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, list_files, read_text

LARGEST_BYTES = 1_000_000
ITSELF = "tests/architecture/test_committed.py"
ABOUT_ADDRESSES = "tests/mime/test_address.py"  # what must be refused looks like somebody's, or like nothing
PICTURES = (".png", ".jpg", ".webp", ".ico", ".woff2")

NEVER = {
    "a package registry": r"pypi\.org|pythonhosted\.org|registry\.(npmjs|yarnpkg)|index-url\s*[=:]|\"resolved\":",
    "a folder of somebody's machine": r"(?<![\w.$}-])/(home|Users|work|root)/[a-z]\w+|[A-Z]:\\\\Users",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a key of a service": r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|xox[abp]-\w{10,}|sk_live_\w{10,})",
}


@pytest.mark.parametrize(("what", "pattern"), NEVER.items(), ids=NEVER)
def test_no_file_holds(what: str, pattern: str) -> None:
    found = re.compile(pattern)
    assert not [path for path in list_text() if found.search(read_text(path))], what


def test_no_file_names_this_machine() -> None:
    here = [str(one) for one in (ROOT, Path.home()) if len(one.parts) > 2]
    assert not [path for path in list_text() if any(one in read_text(path) for one in here)]


def test_locks_hold_hashes_and_no_addresses() -> None:
    for path in ("requirements.txt", "requirements-dev.txt"):
        assert "--hash=sha256:" in read_text(path)
        assert "://" not in read_text(path)


def test_what_is_built_or_kept_on_a_machine_is_not_committed() -> None:
    foreign = re.compile(
        r"(^|/)(node_modules|\.venv|__pycache__|dist)/|^mailer/web/static/|^data/|\.(sqlite3|pyc|min\.js)$|\.env$"
    )
    assert not [path for path in list_files() if foreign.search(path)]


def test_no_file_is_large() -> None:
    assert not [path for path in list_files() if (ROOT / path).stat().st_size > LARGEST_BYTES]


def test_addresses_are_of_nobody() -> None:
    """RFC 2606 §3 and RFC 6761 §6 keep these names free; `example.se` is the one the project's texts use, too."""
    address = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
    free = re.compile(r"(^|\.)(example(\.(org|com|net|se))?|invalid|test|localhost|local)$", re.IGNORECASE)
    written = (".py", ".md", ".html", ".mjml", ".txt", ".po", ".json", ".csv", ".eml")
    files = [path for path in list_text() if path.endswith(written) and path != ABOUT_ADDRESSES]
    assert not [
        f"{path}: {match[0]}"
        for path in files
        for match in address.finditer(read_text(path))
        if not free.search(match[1])
    ]


def list_text() -> list[str]:
    return [path for path in list_files() if path != ITSELF and not path.endswith(PICTURES)]
