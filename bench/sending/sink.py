"""The relay of a bench: a counting SMTP server in a process of its own, a new one on the same port for each sender."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.sending.processes import cpu_seconds, python, read_line, running, write_line

_PROGRAM = ("-m", "tests.lab", "sink", "--count")


@dataclass(frozen=True)
class Taken:
    """What the sink took: `seconds` between first and last mail, `rate_10_90` without the first and the last tenth."""

    count: int
    octets: int
    seconds: float
    rate_10_90: float

    @property
    def rate(self) -> float:
        """Mails per second between the first and the last one."""
        return (self.count - 1) / self.seconds if self.seconds else 0.0

    @property
    def mail_bytes(self) -> int:
        return self.octets // self.count if self.count else 0


class Sink:
    """A running sink."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process, self.port = process, port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?starttls=off"

    @property
    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def ask(self) -> Taken:
        """Ask for the figures since it was started."""
        write_line(self._process)
        figures = json.loads(read_line(self._process, "sink"))
        return Taken(*(figures[name] for name in ("count", "octets", "seconds", "rate_10_90")))


@contextlib.contextmanager
def run_sink(folder: Path, port: int = 0, latency_seconds: float = 0.0) -> Iterator[Sink]:
    """Run a sink; port 0 is a free one."""
    late = ("--latency", str(latency_seconds)) if latency_seconds else ()
    command = python(*_PROGRAM, "--port", str(port), *late)
    with running("sink", command, folder, talks=True) as process:
        yield Sink(process, int(read_line(process, "sink")))
