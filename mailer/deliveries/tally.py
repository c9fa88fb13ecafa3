"""Why deliveries did not go out, counted by batch: what progress adds up instead of grouping a million deliveries.

The rows are written in the transaction that counts the batch anew, so that they never disagree with its sums.
"""

from sqlalchemy import ColumnElement, Select, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from mailer.deliveries.models import BatchReason, Delivery

_COLUMNS = ["dispatch_id", "first_sequence", "state", "reason", "count"]


def count_reasons(session: Session, dispatch_id: int, first: int, last: int) -> None:
    """Count the reasons of one batch anew, in two statements; whoever calls it has the batch to itself.

    Not needed when no delivery of it stood, nor stands, in a state that has a reason.
    """
    session.execute(
        delete(BatchReason)
        .where(BatchReason.dispatch_id == dispatch_id, BatchReason.first_sequence == first)
        .execution_options(synchronize_session=False)
    )
    rows = _grouped(dispatch_id, literal(first)).where(Delivery.sequence.between(first, last))
    session.execute(insert(BatchReason).from_select(_COLUMNS, rows))


def count_all_reasons(session: Session, dispatch_id: int, size: int) -> None:
    """Count the reasons of a dispatch that has just been planned in batches of `size`, all in one statement."""
    first = (Delivery.sequence - 1) // size * size + 1
    session.execute(insert(BatchReason).from_select(_COLUMNS, _grouped(dispatch_id, first).group_by(first)))


def _grouped(dispatch_id: int, first: ColumnElement[int]) -> Select[int, int, int, str, int]:
    return (
        select(literal(dispatch_id), first, Delivery.state, Delivery.reason, func.count())
        .where(Delivery.dispatch_id == dispatch_id, Delivery.reason != "")
        .group_by(Delivery.state, Delivery.reason)
    )
