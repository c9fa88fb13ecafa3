"""Import a CSV file of subscribers into a list; see docs/reference/subscriber-import.md for what becomes of each row.

`open_source` looks at the file and refuses it as a whole, `import_source` reads it chunk by chunk: each is one
transaction, so that an import that is stopped leaves whole rows, and starting it again does the rest.
"""

import codecs
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine

from mailer.db import reading, transaction
from mailer.errors import RefusedError
from mailer.subscribers.importing.columns import Columns, recognise_columns
from mailer.subscribers.importing.encoding import detect_encoding
from mailer.subscribers.importing.insert import InterferenceError
from mailer.subscribers.importing.outcomes import Plan
from mailer.subscribers.importing.records import Record, read_records, sniff_delimiter
from mailer.subscribers.importing.report import Report
from mailer.subscribers.importing.rows import Row, read_rows
from mailer.subscribers.importing.seen import Seen
from mailer.subscribers.importing.store import Target, plan_chunk, store_plan

# Rows of a transaction. SQLite writes every touched page of the indexes at each commit, so small ones cost; others
# wait for its lock meanwhile, so large ones do, too.
CHUNK_ROWS = 20_000
# SQLite has no queue: who waits for the lock looks again after up to 100 ms, and must find it free now and then.
PAUSE_SECONDS = 0.02
MOST_TRIES = 5
# SQLite's own 2 MB hold a hundredth of the index on hashes, whose pages come in no order: each would be written out and
# read again several times a chunk.
CACHE_KB = 12_000
SAMPLE_CHARS = 1 << 16
_TABLES = ("subscribers", "subscriptions", "consents")


@dataclass(frozen=True)
class Source:
    """A file and how it is to be read."""

    path: Path
    encoding: str
    delimiter: str
    columns: Columns


def open_source(path: Path, *, mapping: Mapping[str, str], delimiter: str = "", encoding: str = "") -> Source:
    """Find out how to read a file. InvalidError or RefusedError when it cannot be a list of subscribers."""
    try:
        encoding = codecs.lookup(encoding).name if encoding else detect_encoding(path)
        with path.open(encoding=encoding, errors="replace") as text:
            sample = text.read(SAMPLE_CHARS).split("\n")
    except LookupError:
        raise RefusedError(f"There is no encoding {encoding!r}.") from None
    except (OSError, UnicodeError) as error:
        raise RefusedError(f"{path} cannot be read: {error}") from None
    delimiter = delimiter or sniff_delimiter(sample[:50])
    with path.open(encoding=encoding, errors="replace") as text:
        first = next(read_records(text, delimiter), None)
    if first is None or first.problem:
        raise RefusedError(f"{path.name}: {first.problem if first else 'the file is empty.'}")
    return Source(path, encoding, delimiter, recognise_columns(first.cells, mapping))


def import_source(
    engine: Engine,
    source: Source,
    target: Target,
    report: Report,
    *,
    dry_run: bool = False,
    chunk_rows: int = CHUNK_ROWS,
    on_progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Take every row of the file into the list of `target`; `on_progress` gets the octets read so far."""
    seen = Seen()

    def take(chunk: list[Row]) -> Plan:
        return _plan_only(engine, target, chunk, seen) if dry_run else _store(engine, target, chunk, seen)

    with (
        source.path.open("rb") as octets,
        TextIOWrapper(octets, source.encoding, errors="replace") as text,
        ThreadPoolExecutor(max_workers=1) as writer,
    ):
        rows = _read_source(text, source)
        taken: Future[Plan] | None = None
        # A chunk is read while the one before it is written; both databases work outside Python's lock.
        while (chunk := list(islice(rows, chunk_rows))) or taken:
            if taken:
                _note(taken.result(), seen, report, dry_run=dry_run)
                on_progress(octets.tell())
            taken = writer.submit(take, chunk) if chunk else None
    if not dry_run:
        _refresh_statistics(engine)


def _note(plan: Plan, seen: Seen, report: Report, *, dry_run: bool) -> None:
    """Remember and report a chunk that is committed."""
    for subscriber_id in plan.ids:
        seen.ids.add(subscriber_id)
    if dry_run:
        seen.hashes.update(row.hash for row in plan.new)
    report.add(plan.lines)


def _read_source(text: TextIO, source: Source) -> Iterator[Row]:
    records: Iterator[Record] = read_records(text, source.delimiter)
    if source.columns.has_header:
        next(records)
    return read_rows(records, source.columns)


def _plan_only(engine: Engine, target: Target, chunk: list[Row], seen: Seen) -> Plan:
    with reading(engine) as session:
        return plan_chunk(session, target, chunk, seen)


def _store(engine: Engine, target: Target, chunk: list[Row], seen: Seen) -> Plan:
    """Write a chunk; look again and repeat when somebody else added the same people meanwhile."""
    for _ in range(MOST_TRIES - 1):
        try:
            return _store_once(engine, target, chunk, seen)
        except InterferenceError:
            continue
    return _store_once(engine, target, chunk, seen)


def _store_once(engine: Engine, target: Target, chunk: list[Row], seen: Seen) -> Plan:
    with transaction(engine) as session:
        if engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KB}")
        plan = plan_chunk(session, target, chunk, seen)
        store_plan(session, target, plan)
    if engine.dialect.name == "sqlite":
        time.sleep(PAUSE_SECONDS)
    return plan


def _refresh_statistics(engine: Engine) -> None:
    """Let the database count what it has, or its plans for the next dispatch are those for an empty list."""
    with transaction(engine) as session:
        if engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql("PRAGMA analysis_limit = 1000")
        for table in _TABLES:
            session.connection().exec_driver_sql(f"ANALYZE {table}")
    if engine.dialect.name == "sqlite":
        # Moves what it can from the write-ahead log into the database without waiting; not in a transaction.
        connection = engine.raw_connection()
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.close()
