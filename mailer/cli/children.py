"""Child processes of `mailer up`: started in groups of their own, logged to files, stopped in bounded time.

A child dies with its parent where the kernel can do that (Linux). Elsewhere, and for belt and braces, every start first
ends what an earlier run that was killed has left, known by process id *and* start time, never by name.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 20.0


@dataclass
class Child:
    """A part of the service as a process that is kept alive."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    restart_at: float = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for the parent, which stops its children in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread here
            )
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 5) -> str:
        """Return the end of the child's log, for the message about its end."""
        try:
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""


def stop_all(children: Iterable[Child]) -> None:
    """Ask all children to stop, and kill those that have not after 20 seconds."""
    running = [child for child in children if child.is_running]
    for child in running:
        _send(child.process.pid if child.process else 0, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for child in running:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _send(child.process.pid, signal.SIGKILL)
            child.process.wait()


def remember(path: Path, children: Iterable[Child]) -> None:
    """Write down who runs, for the next start."""
    rows = [
        {"name": child.name, "pid": child.process.pid, "started": _started(child.process.pid)}
        for child in children
        if child.process
    ]
    path.write_text(json.dumps(rows))


def end_leftovers(path: Path) -> list[str]:
    """End children of an earlier run that still live; return their names."""
    try:
        rows = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    alive = [row for row in rows if row["started"] and _started(row["pid"]) == row["started"]]
    for row in alive:
        _send(row["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(_started(row["pid"]) == row["started"] for row in alive):
        time.sleep(0.1)
    for row in alive:
        if _started(row["pid"]) == row["started"]:
            _send(row["pid"], signal.SIGKILL)
    return [row["name"] for row in alive]


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _started(pid: int) -> str:
    """Return when a process started, in the system's own words; nothing when it does not live."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        if sys.platform == "linux":
            return ""
    answer = subprocess.run(  # noqa: S603 - a number and fixed words
        ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607 - macOS and the BSDs have it in one place or the other
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
