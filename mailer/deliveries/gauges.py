"""What waits and who works, read whenever somebody asks: rows of dispatches and batches only, by their indexes.

Every process of a service tells the same, so that a rule takes the largest.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mailer.db import reading
from mailer.deliveries.models import DISPATCH_STATES, SENDING, Batch, Dispatch


class Queue(NamedTuple):
    """`age_seconds`: how long the oldest batch that is due has waited for a worker; `waiting`: deliveries to make."""

    age_seconds: float
    waiting: int
    dispatches: dict[str, int]


class Helpers(NamedTuple):
    """Who works on one dispatch now; `waits_seconds` is how long its oldest due batch has not been taken."""

    batches: int
    processes: int
    waits_seconds: float


def count_helpers(session: Session, dispatch_id: int, now: datetime) -> Helpers:
    """Count the batches of a dispatch under a lease that has not run out, and their holders."""
    held = (Batch.dispatch_id == dispatch_id, Batch.lease_until > now)
    batches, processes = session.execute(select(func.count(), func.count(Batch.worker.distinct())).where(*held)).one()
    oldest = session.scalar(
        select(func.min(Batch.due_at)).where(
            Batch.dispatch_id == dispatch_id, Batch.due_at <= now, Batch.lease_until.is_(None)
        )
    )
    return Helpers(batches, processes, (now - oldest).total_seconds() if oldest else 0.0)


def read_queue(session: Session, now: datetime) -> Queue:
    of_sending = select(Dispatch.id).where(Dispatch.state == SENDING)
    oldest = session.scalar(
        select(Batch.due_at)
        .where(Batch.due_at <= now, Batch.lease_until.is_(None), Batch.dispatch_id.in_(of_sending))
        .order_by(Batch.due_at)
        .limit(1)
    )
    waiting = session.scalar(select(func.sum(Batch.planned + Batch.deferred)).where(Batch.dispatch_id.in_(of_sending)))
    states = session.execute(select(Dispatch.state, func.count()).group_by(Dispatch.state))
    counts = dict.fromkeys(DISPATCH_STATES, 0)
    counts.update((state, count) for state, count in states)
    return Queue((now - oldest).total_seconds() if oldest else 0.0, int(waiting or 0), counts)


def gauges(now: datetime) -> Iterator[Metric]:
    """Yield the state of the queue; when the database is away, only that."""
    is_up = GaugeMetricFamily("mailer_database_up", "Whether this process reaches the database.")
    try:
        with reading() as session:
            queue = read_queue(session, now)
    except SQLAlchemyError:
        is_up.add_metric([], 0)
        yield is_up
        return
    is_up.add_metric([], 1)
    yield is_up
    age = "Seconds for which the oldest batch that is due has waited for a worker."
    yield GaugeMetricFamily("mailer_queue_age_seconds", age, value=queue.age_seconds)
    waiting = "Deliveries of dispatches under way that have not ended."
    yield GaugeMetricFamily("mailer_deliveries_waiting", waiting, value=queue.waiting)
    dispatches = GaugeMetricFamily("mailer_dispatches", "Dispatches by state.", labels=["state"])
    for state, count in queue.dispatches.items():
        dispatches.add_metric([state], count)
    yield dispatches
