"""The local inbox: every mail that was sent while no relay is set, in a small database of its own.

`worker.inbox` stores, the web pages read. A mail to several recipients is a row for each. Kept until cleared, but no
more than the newest MOST_MAILS.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mailer.config import get_settings
from mailer.errors import NotFoundError
from mailer.mime.parts import MailPart, MailParts, find_header, read_headers, read_parts

__all__ = [
    "CaughtMail",
    "IncomingMail",
    "MailPart",
    "MailParts",
    "clear",
    "count",
    "get_mail",
    "list_mails",
    "open_inbox",
    "read_parts",
    "store",
]

MOST_MAILS = 20_000

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS mails (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sender TEXT NOT NULL,
        recipient TEXT NOT NULL,
        subject TEXT NOT NULL,
        received_at TEXT NOT NULL,
        searched TEXT NOT NULL,
        raw BLOB NOT NULL
    )
"""
_COLUMNS = "id, sender, recipient, subject, received_at, length(raw)"


class IncomingMail(NamedTuple):
    """A mail as it came over the wire: envelope addresses, and octets with CRLF after dot-unstuffing."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    received_at: datetime


@dataclass(frozen=True)
class CaughtMail:
    """A mail to one recipient. `raw` is empty in listings."""

    id: str
    sender: str
    recipient: str
    subject: str
    received_at: datetime
    size_bytes: int
    raw: bytes = b""


@contextmanager
def open_inbox() -> Iterator[sqlite3.Connection]:
    """Open the inbox's database, made if need be. What was committed in it survives a power cut."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_SCHEMA)
        yield connection


def store(connection: sqlite3.Connection, mails: Iterable[IncomingMail]) -> None:
    """Keep mails in one transaction, and drop the oldest beyond MOST_MAILS. Durable when this returns."""
    rows = [row for mail in mails for row in _make_rows(mail)]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(
            "INSERT INTO mails (sender, recipient, subject, received_at, searched, raw) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        connection.execute("DELETE FROM mails WHERE id <= (SELECT max(id) FROM mails) - ?", (MOST_MAILS,))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def list_mails(limit: int | None = None, search: str = "", before: str | None = None) -> list[CaughtMail]:
    """Return mails without their octets, newest first: those older than the id `before`, at most `limit`.

    `search` finds parts of the addresses and of the subject in any case.
    """
    with open_inbox() as connection:
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM mails WHERE id < ? AND instr(searched, ?) ORDER BY id DESC LIMIT ?",  # noqa: S608 - a constant
            (int(before) if before is not None else 1 << 62, search.strip().casefold(), -1 if limit is None else limit),
        ).fetchall()
    return [_read_row(row) for row in rows]


def get_mail(mail_id: str) -> CaughtMail:
    """Return one mail with its octets; NotFoundError when there is none or it was dropped."""
    if not (mail_id.isascii() and mail_id.isdecimal() and len(mail_id) < 19):
        raise NotFoundError("There is no such mail.")
    with open_inbox() as connection:
        wanted = f"SELECT {_COLUMNS}, raw FROM mails WHERE id = ?"  # noqa: S608 - a constant
        row = connection.execute(wanted, (int(mail_id),)).fetchone()
    if row is None:
        raise NotFoundError("There is no such mail.")
    return _read_row(row)


def count(search: str = "") -> int:
    with open_inbox() as connection:
        wanted = "SELECT count(*) FROM mails WHERE instr(searched, ?)"
        number: int = connection.execute(wanted, (search.strip().casefold(),)).fetchone()[0]
    return number


def clear() -> None:
    """Throw all mails away and give their space back."""
    with open_inbox() as connection:
        connection.execute("DELETE FROM mails")
        connection.execute("VACUUM")


def _path() -> Path:
    return get_settings().data_dir / "inbox.sqlite3"


def _make_rows(mail: IncomingMail) -> Iterator[tuple[str, str, str, str, str, bytes]]:
    subject = find_header(read_headers(mail.raw), "Subject")
    sender = _clean(mail.sender)
    for recipient in map(_clean, mail.recipients):
        searched = f"{recipient}\n{sender}\n{subject}".casefold()
        yield sender, recipient, subject, mail.received_at.astimezone(UTC).isoformat(), searched, mail.raw


def _clean(address: str) -> str:
    # An SMTP client may send octets that are no UTF-8; the server hands them over as lone surrogates.
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _read_row(row: tuple[int, str, str, str, str, int, bytes] | tuple[int, str, str, str, str, int]) -> CaughtMail:
    mail_id, sender, recipient, subject, received_at, size_bytes, *raw = row
    return CaughtMail(str(mail_id), sender, recipient, subject, datetime.fromisoformat(received_at), size_bytes, *raw)
