"""The targets of the sending engine, each with what was measured and whether that is good enough."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import ge, le

from bench.sending.measure import Figures
from bench.sending.processes import ROOT, BenchError, python

_MILLION = 1_000_000
_LATE_MAILS = 3000


@dataclass(frozen=True)
class Target:
    """`measured` is None when it could not be measured here; `limit` is the least or the most that is good enough."""

    name: str
    measured: float | None
    is_enough: Callable[[float, float], bool]
    limit: float
    unit: str = ""

    def __str__(self) -> str:
        sign = "≥" if self.is_enough is ge else "≤"
        figure = "not measured" if self.measured is None else f"{self.measured:,g} {self.unit}"
        verdict = "–" if self.measured is None else "pass" if self.is_enough(self.measured, self.limit) else "FAIL"
        return f"{verdict:<5} {self.name:<58} {figure:>16}   {sign} {self.limit:g} {self.unit}"


def print_targets(recipients: int, database: str, runs: int) -> int:
    """Measure and print every target; return the exit status: 1 when one is not reached or could not be measured."""
    has_failed = False
    for target in _measure_all(("--recipients", str(recipients), "--runs", str(runs)), ("--database", database)):
        print(target, flush=True)
        has_failed |= target.measured is None or not target.is_enough(target.measured, target.limit)
    return int(has_failed)


def _measure_all(size: tuple[str, ...], database: tuple[str, ...]) -> Iterator[Target]:
    one = _bench("send", *size, *database)
    yield from _against_smtp_source(one, "one worker", 0.6)
    yield Target("CPU of the usual way, as a multiple of ours", one["vs_usual"]["cpu"], ge, 50)
    yield Target("memory of the largest worker", one["memory_mb"], le, 80, "MB")
    yield Target("progress", one["progress_ms"], le, 5, "ms")
    yield Target("a pause is seen within", one["pause_seen_seconds"], le, 1.2, "s")
    is_million = one["recipients"] >= _MILLION
    yield Target("freeze of 1 M recipients", one["freeze_seconds"] if is_million else None, le, 5, "s")
    yield Target("sending to 1 M recipients", one["send_seconds"] if is_million else None, le, 120, "s")
    yield from _against_smtp_source(_bench("send", *size, *database, "--workers", "2"), "two workers", 0.85)
    imported = _bench("importing", "--rows", str(_MILLION))
    yield Target("import of 1 M rows", round(_MILLION / imported["rows_per_second"], 1), le, 15, "s")
    late = _bench("send", "--recipients", str(_LATE_MAILS), "--latency-ms", "20", *database)
    yield Target("mails a second and connection at 20 ms", round(late["rate_10_90"] / late["connections"], 1), ge, 35)


def _against_smtp_source(figures: Figures, workers: str, least: float) -> Iterator[Target]:
    ratios = figures["vs_smtp_source"] or {"cpu": None, "rate": None}
    yield Target(f"CPU a mail, as a multiple of smtp-source, {workers}", ratios["cpu"], le, 1.6)
    yield Target(f"rate, as a multiple of smtp-source, {workers}", ratios["rate"], ge, least)


def _bench(name: str, *arguments: str) -> Figures:
    """Run a bench in a process of its own, since settings are read once in each, and return what it prints."""
    command = python("-m", f"bench.{name}", *arguments, "--json")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"bench.{name} {' '.join(arguments)}: {done.stderr.strip()[-300:]}")
    figures: Figures = json.loads(done.stdout)
    return figures
