"""Processes of a bench: started in sessions of their own, measured from /proc, ended by id with all they started."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 15


class BenchError(Exception):
    """Why a bench could not be run, in one sentence."""


@contextlib.contextmanager
def running(name: str, command: Sequence[str], folder: Path, *, talks: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Run a command while the block lasts; with `talks` its standard input and output are ours, else logged."""
    pipe = subprocess.PIPE if talks else None
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            text=True,
            stdin=pipe or subprocess.DEVNULL,
            stdout=pipe or log,
            stderr=log,
            start_new_session=True,  # so that what it starts can be ended with it
        )
    try:
        yield process
    finally:
        _end(process)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def read_line(process: subprocess.Popen[str], name: str) -> str:
    line = process.stdout.readline().strip() if process.stdout else ""
    if not line:
        raise BenchError(f"The {name} ended early.")
    return line


def write_line(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        process.stdin.write("\n")
        process.stdin.flush()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, of those it started, and of those of them that have ended (proc(5))."""
    times = _stat(pid)[11:15]  # utime, stime, and both of the ended children that were waited for
    return sum(map(int, times)) / _TICKS + sum(cpu_seconds(child) for child in list_children(pid))


def peak_memory_mb(pid: int) -> float:
    """Return the largest resident set that the process, or the largest of its children when it has some, ever had."""
    children = list_children(pid)
    if children:
        return max(peak_memory_mb(child) for child in children)
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def list_children(pid: int) -> list[int]:
    """Return the ids of the processes that this one started and that live, whichever of its threads did it."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def _stat(pid: int) -> list[str]:
    try:
        # The name, in parentheses, may hold anything; what follows are numbers.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 15


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
