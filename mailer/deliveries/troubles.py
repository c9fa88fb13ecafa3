"""The deliveries that did not go out, for the report: found by the sums of batches, never by reading them all."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mailer.deliveries.models import Batch, Delivery, DeliveryNote
from mailer.deliveries.states import State
from mailer.subscribers.models import Subscriber

# Those that need a person come first.
_SUMS = {
    State.FAILED: Batch.failed,
    State.HELD: Batch.held,
    State.DEFERRED: Batch.deferred,
    State.SKIPPED: Batch.skipped,
}


@dataclass(frozen=True)
class Trouble:
    """A delivery that did not go out, and why."""

    address: str
    state: str
    reason: str
    code: int
    note: str


def list_troubles(session: Session, dispatch_id: int, limit: int = 100) -> list[Trouble]:
    """Return deliveries that failed, are held, deferred or skipped, in this order and by sequence."""
    found: list[Trouble] = []
    for state in _SUMS:
        if len(found) < limit:
            found += _list_state(session, dispatch_id, state, limit - len(found))
    return found


def _list_state(session: Session, dispatch_id: int, state: State, limit: int) -> list[Trouble]:
    ranges = _find_ranges(session, dispatch_id, state, limit)
    if not ranges:
        return []
    last_note = (
        select(DeliveryNote.text)
        .where(DeliveryNote.dispatch_id == dispatch_id, DeliveryNote.sequence == Delivery.sequence)
        .order_by(DeliveryNote.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Subscriber.address, Delivery.reason, Delivery.code, last_note)
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.dispatch_id == dispatch_id,
            Delivery.state == state,
            or_(*[Delivery.sequence.between(*one) for one in ranges]),
        )
        .order_by(Delivery.sequence)
        .limit(limit)
    )
    return [Trouble(address or "", state.word, reason, code, note or "") for address, reason, code, note in rows]


def _find_ranges(session: Session, dispatch_id: int, state: State, limit: int) -> list[tuple[int, int]]:
    """Return the ranges of the first batches that together hold `limit` deliveries in a state, or all there are."""
    column = _SUMS[state]
    rows = session.execute(
        select(Batch.first_sequence, Batch.last_sequence, column)
        .where(Batch.dispatch_id == dispatch_id, column > 0)
        .order_by(Batch.first_sequence)
        .limit(limit)
    )
    ranges, seen = [], 0
    for first, last, count in rows:
        if seen >= limit:
            break
        ranges.append((first, last))
        seen += count
    return ranges
