"""What the bench of sending relies on: it counts the CPU of processes that have ended, and ends what it started."""

import os
import time
from collections.abc import Callable
from operator import ge, le
from pathlib import Path

import pytest

from bench.sending.processes import BenchError, cpu_seconds, list_children, python, read_line, running
from bench.sending.sink import run_sink
from bench.sending.smtp_source import find_smtp_source, run_smtp_source
from bench.sending.targets import Target

_BUSY = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
_PARENT = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-c", {_BUSY!r}])
child = subprocess.Popen(["sleep", "60"])
print(child.pid, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_cpu_of_ended_children_counts_and_living_ones_are_ended(tmp_path: Path) -> None:
    with running("parent", python("-c", _PARENT), tmp_path, talks=True) as process:
        child = int(read_line(process, "parent"))
        assert cpu_seconds(process.pid) >= 0.3
        assert list_children(process.pid) == [child]
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def test_sink_tells_what_it_took(tmp_path: Path) -> None:
    with run_sink(tmp_path) as sink:
        assert sink.ask().count == 0
        assert sink.ask().rate == 0


@pytest.mark.skipif(
    find_smtp_source() is None and os.environ.get("CI") != "true",
    reason="Postfix's smtp-source is not installed, and cannot be without root on Debian",
)
def test_smtp_source_sends_the_same_octets(tmp_path: Path) -> None:
    octets = b"Subject: x\r\n\r\n" + b"words\r\n" * 100
    stick = run_smtp_source(find_smtp_source() or "", tmp_path, octets, 20, 2)
    assert stick.mail_bytes == len(octets) + 2


def test_a_yardstick_that_does_not_work_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="0 of 5 mails"):
        run_smtp_source("/bin/false", tmp_path, b"x\r\n", 5, 1)


@pytest.mark.parametrize(
    ("measured", "is_enough", "verdict"), [(2.0, le, "FAIL"), (1.0, le, "pass"), (2.0, ge, "pass"), (None, le, "–")]
)
def test_targets_are_judged(measured: float | None, is_enough: Callable[[float, float], bool], verdict: str) -> None:
    assert str(Target("speed", measured, is_enough, 1.5)).split()[0] == verdict
