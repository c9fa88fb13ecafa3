"""What `mailer dispatch show` tells beside the counts: where the time goes, and whether anybody works on it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from kombu.exceptions import OperationalError
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from mailer.deliveries.gauges import Helpers, count_helpers
from mailer.deliveries.models import SENDING, Dispatch
from mailer.deliveries.times import read_times
from mailer.deliveries.verdict import Times, weigh
from mailer.jobs import get_celery, is_broker_reachable

_PING_SECONDS = 1.0
_LONG_SECONDS = 15  # three sweeps


def read_report(session: Session, dispatch: Dispatch, now: datetime) -> tuple[Times, Helpers]:
    return weigh(read_times(session, dispatch.id)), count_helpers(session, dispatch.id, now)


def ask_workers() -> int | None:
    """Return how many workers answer within a second; None when the broker is away and nobody can be asked."""
    if not is_broker_reachable():
        return None
    try:
        return len(get_celery().control.ping(timeout=_PING_SECONDS))
    except (OperationalError, OSError):
        return None


def report_facts(times: Times, helpers: Helpers, answering: int | None) -> dict[str, Any]:
    """Return the report as JSON has it; seconds and shares rounded to what they are worth."""
    facts = asdict(times)
    stages = [{key: _rounded(value) for key, value in row.items()} for row in facts.pop("shares")]
    time = {key: _rounded(value) for key, value in facts.items()} | {"stages": stages}
    return {"time": time, "workers": {"answering": answering, **helpers._asdict()}}


def print_report(times: Times, sentence: str) -> None:
    """Print the table of stages, what was counted, and the verdict."""
    if sentence:
        print(sentence)
    if times.mails or times.slices:
        Console().print(_table(times))
        print(_counted(times))
        print(times.verdict)


def describe_workers(state: str, helpers: Helpers, answering: int | None) -> str:
    """Say whether anybody works on a dispatch; nothing to say of one that is not being sent."""
    if state != SENDING:
        return ""
    batches, processes = _count(helpers.batches, "batch", "batches"), _count(helpers.processes, "process", "processes")
    working = f"{batches} {'is' if helpers.batches == 1 else 'are'} being worked on by {processes}."
    if answering is None:
        return f"The broker does not answer, so that no worker can be woken. {working}"
    if not answering:
        how = "Start one with `make run` or `mailer worker`."
        return f"{working} No worker answers, though." if helpers.batches else f"No worker answers. {how}"
    late = ""
    if helpers.waits_seconds > _LONG_SECONDS and not helpers.batches:
        waited = f"{helpers.waits_seconds:.0f} s"
        late = f" The next batch has waited {waited}: they are busy with others, or cannot reach the database."
    answers = "worker answers" if answering == 1 else "workers answer"
    return f"{answering} {answers}; {working}{late}"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _table(times: Times) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("stage")
    for name in ("seconds", "share", "times", "µs per mail"):
        table.add_column(name, justify="right")
    for one in times.shares:
        per_mail = "" if one.us_per_mail is None else f"{one.us_per_mail:,.0f}"
        table.add_row(one.stage, f"{one.seconds:,.1f}", f"{one.share:.0%}", f"{one.count:,}", per_mail)
    return table


def _counted(times: Times) -> str:
    parts = [
        f"{times.mails:,} mails made",
        f"{times.connections_opened:,} connections",
        f"{times.round_trips:,} round trips",
        f"{times.slices:,} slices of {times.slice_seconds:,.1f} s in all",
    ]
    if times.mails_per_second is not None:
        parts.append(f"{times.mails_per_second:,.1f} mails/s and worker")
    if times.busy_share is not None:
        parts.append(f"processor {times.busy_share:.0%}")
    if times.limited_seconds:
        parts.append(f"held back by limits for {times.limited_seconds:,.1f} s")
    if times.leases_lost:
        parts.append(f"{times.leases_lost:,} batches lost to another worker")
    return " · ".join(parts)


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value
