"""Processes of the lab: started in sessions of their own, logged to files, killed by process id and never by name."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A process that can be killed and started again with the same command."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name, self._command, self._environment = name, command, environment
        self._log = folder / f"{name}.log"
        self._popen: subprocess.Popen[str] | None = None

    def start(self, *, talks: bool = False) -> None:
        """Start it; with `talks` its standard input and output are ours."""
        pipe = subprocess.PIPE if talks else None
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=dict(self._environment),
                text=True,
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def pid(self) -> int:
        return self._running().pid

    def list_children(self) -> list[int]:
        """Return the process ids of its children: of a worker, those that send."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def kill(self) -> None:
        """End it and everything it started at once, as when the machine is short of memory."""
        if self._popen:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def ask_to_stop(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, seconds: float) -> float | None:
        """Wait for its end; return how long that took, or None when it did not end in time."""
        started = time.monotonic()
        try:
            self._running().wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - started

    def stop(self) -> None:
        """End it in order, or else at once."""
        if self.is_running:
            self.ask_to_stop()
            if self.wait(10) is None or self._popen is None:
                self.kill()
        self.kill()  # what it left behind

    def read_line(self) -> str:
        """Read a line it prints; RuntimeError with the end of its log when it ended instead."""
        popen = self._running()
        line = popen.stdout.readline() if popen.stdout else ""
        if not line:
            raise RuntimeError(f"{self.name} has ended: {self.last_words()}")
        return line.strip()

    def ask(self, line: str) -> dict[str, Any]:
        """Write a line to it and return the JSON object it answers with."""
        popen = self._running()
        if popen.stdin:
            popen.stdin.write(line + "\n")
            popen.stdin.flush()
        answer: dict[str, Any] = json.loads(self.read_line())
        return answer

    def last_words(self, characters: int = 2000) -> str:
        return self._log.read_text("utf-8", "replace")[-characters:] if self._log.exists() else ""

    def _running(self) -> subprocess.Popen[str]:
        if self._popen is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._popen


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def wait_until(condition: Callable[[], bool], seconds: float, *, every: float = 0.01) -> bool:
    """Wait until a condition holds; tell whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
