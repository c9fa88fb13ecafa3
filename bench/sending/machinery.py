"""The service as in production, in a folder of its own: database, broker, and one Celery worker with W processes."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.sending.processes import BenchError, cpu_seconds, list_children, peak_memory_mb, running
from mailer.cli.broker import broker_command
from mailer.cli.parts import worker_command
from mailer.db import get_engine
from mailer.jobs import get_celery, is_broker_reachable, runtime_dir
from mailer.models import Base
from tests.postgres import find_binaries, run_postgres

OWN_POSTGRES = "postgresql"
_READY_SECONDS = 60


@dataclass(frozen=True)
class Cpu:
    """CPU seconds by process; None for a database that is not ours to look at, or that works inside the workers."""

    workers: float
    database: float | None
    broker: float

    def since(self, before: "Cpu") -> "Cpu":
        database = None if self.database is None or before.database is None else self.database - before.database
        return Cpu(self.workers - before.workers, database, self.broker - before.broker)


@dataclass(frozen=True)
class Machinery:
    """Process ids of what runs; `database` is 0 when it is not a process of ours."""

    worker: int
    broker: int
    database: int

    def read_cpu(self) -> Cpu:
        database = cpu_seconds(self.database) if self.database else None
        return Cpu(cpu_seconds(self.worker), database, cpu_seconds(self.broker))

    @property
    def memory_mb(self) -> float:
        """The most that one process of the worker has used."""
        return round(peak_memory_mb(self.worker), 1)


@contextlib.contextmanager
def open_database(wanted: str) -> Iterator[int]:
    """Make MAILER_DATABASE_URL name a database with all tables; yield the process id of a PostgreSQL of our own, or 0.

    `wanted` is a URL, `postgresql` for a private server, or nothing for SQLite in the data folder.
    """
    with contextlib.ExitStack() as stack:
        if wanted == OWN_POSTGRES:
            wanted = stack.enter_context(_run_own_postgres())
        os.environ["MAILER_DATABASE_URL"] = wanted
        Base.metadata.create_all(get_engine())
        stack.callback(get_engine().dispose)
        yield _find_server(wanted)


@contextlib.contextmanager
def run_machinery(folder: Path, workers: int, database: int) -> Iterator[Machinery]:
    """Run broker and worker; the settings are in the environment already. Yields when the worker takes jobs."""
    try:
        with running("broker", broker_command(), folder) as broker:
            _wait_until(is_broker_reachable, "broker", folder)
            with running("worker", worker_command(threads=False), folder) as worker:
                _wait_until(lambda: _is_ready(worker.pid, workers), "worker", folder)
                if (children := len(list_children(worker.pid))) != workers:
                    raise BenchError(f"The worker has {children} processes instead of {workers}.")
                yield Machinery(worker.pid, broker.pid, database)
    finally:
        with contextlib.suppress(OSError):
            (runtime_dir() / "valkey.sock").unlink(missing_ok=True)
            runtime_dir().rmdir()


def _is_ready(worker: int, processes: int) -> bool:
    return len(list_children(worker)) >= processes and bool(get_celery().control.ping(timeout=0.5))


def _wait_until(is_so: Callable[[], bool], name: str, folder: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            last_words = (folder / f"{name}.log").read_text("utf-8", "replace").splitlines()[-3:]
            raise BenchError(f"The {name} did not start. {' '.join(last_words)}")
        time.sleep(0.1)


@contextlib.contextmanager
def _run_own_postgres() -> Iterator[str]:
    binaries = find_binaries()
    if binaries is None:
        raise BenchError("There is no PostgreSQL on this machine to start; give the URL of an empty database instead.")
    with run_postgres(binaries) as url:
        yield url


def _find_server(url: str) -> int:
    """Return the process id of the server behind a unix socket, from its lock file (PostgreSQL 15, §20.2)."""
    folder = Path(parse_qs(urlsplit(url).query).get("host", [""])[0])
    lock = folder / ".s.PGSQL.5432.lock"
    return int(lock.read_text().splitlines()[0]) if folder.is_absolute() and lock.exists() else 0
