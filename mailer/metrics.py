"""What monitoring reads: counters and gauges of this process, or of all processes of a worker, as Prometheus text.

No label holds an address, a token, a subject or an id: labels are outcomes, stages, states, and routes as they are
written in the code. Processes of one worker share a folder (`config.metrics_folder`), which the command that starts
them makes anew; prometheus-client finds it in the environment when it is imported.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from mailer.config import get_settings, metrics_folder
from mailer.tokens import is_same_secret

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

disable_created_metrics()  # type: ignore[no-untyped-call]  # the package types only a part of itself
_registry = CollectorRegistry()

_mails = Counter("mailer_mails", "Mails by what became of them.", ["outcome"], registry=_registry)
_stage_seconds = Counter(
    "mailer_stage_seconds", "Seconds that connections of workers spent in each stage.", ["stage"], registry=_registry
)
_stage_times = Counter(
    "mailer_stage_times",
    "How often each stage was gone through: batches, mails, connections, round trips, transactions.",
    ["stage"],
    registry=_registry,
)
_slices = Counter("mailer_slices", "Slices of dispatches that were worked on.", registry=_registry)
_leases_lost = Counter(
    "mailer_leases_lost", "Batches that another worker took over from a living one.", registry=_registry
)
connections = Gauge(
    "mailer_connections", "Open connections to relays.", registry=_registry, multiprocess_mode="livesum"
)
requests = Histogram(
    "mailer_http_request_seconds",
    "Requests by route, method and status.",
    ["route", "method", "status"],
    registry=_registry,
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10),
)


def count_work(spent: Mapping[str, tuple[float, int]], mails: Mapping[str, int]) -> None:
    """Add what a slice has done: seconds and counts by stage, mails by outcome. Costs microseconds: once a second."""
    for stage, (seconds, count) in spent.items():
        _stage_seconds.labels(stage).inc(seconds)
        _stage_times.labels(stage).inc(count)
    for outcome, count in mails.items():
        _mails.labels(outcome).inc(count)
    _slices.inc(spent.get("slice", (0, 0))[1])
    _leases_lost.inc(spent.get("lost", (0, 0))[1])


def may_read(authorization: str) -> bool:
    """Tell whether an Authorization header lets its sender read the metrics; without a token everybody may."""
    token = get_settings().metrics_token
    scheme, _, given = authorization.partition(" ")
    return not token or (scheme.lower() == "bearer" and is_same_secret(given, token))


def render(found: Iterable[Metric] = ()) -> bytes:
    """Return everything in Prometheus' text format, with what the caller found elsewhere."""
    folder = metrics_folder()
    if folder is None:
        return generate_latest(_registry) + generate_latest(_Found(found))
    together = CollectorRegistry()
    _forget_the_dead(folder)
    MultiProcessCollector(together, path=str(folder))  # type: ignore[no-untyped-call]  # as above
    return generate_latest(together) + generate_latest(_Found(found))


class _Found(Collector):
    """Metrics that were made for this one answer."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from self._found


def make_folder(parent: Path) -> Path:
    """Make an empty folder for the metrics of this process and its children; those of dead ones are removed."""
    for former in parent.glob("metrics-*"):
        if not _is_running(int(former.name.rpartition("-")[2])):
            shutil.rmtree(former, ignore_errors=True)
    folder = parent / f"metrics-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _forget_the_dead(folder: Path) -> None:
    """The open connections of a process that was killed are not open any more."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _is_running(pid):
            mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]  # as above


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
