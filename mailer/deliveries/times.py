"""Where the time of a dispatch went: workers add what they spent, `mailer dispatch show` reads the sums."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mailer.deliveries.models import DispatchTime
from mailer.deliveries.stages import STAGES, Spent


def add_times(session: Session, dispatch_id: int, spent: Spent) -> None:
    """Add seconds and counts to the sums of a dispatch, in one statement.

    Best alone in its transaction: workers of one dispatch write the same rows. They do so in the same order, so that
    they queue and never block each other for good.
    """
    rows = [
        {"dispatch_id": dispatch_id, "stage": stage, "seconds": spent[stage][0], "count": spent[stage][1]}
        for stage in STAGES
        if stage in spent
    ]
    if not rows:
        return
    # Both dialects know the same ON CONFLICT, each with a class of its own.
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    new = dialect.insert(DispatchTime).values(rows)
    sums = {"seconds": DispatchTime.seconds + new.excluded.seconds, "count": DispatchTime.count + new.excluded.count}
    session.execute(new.on_conflict_do_update(index_elements=["dispatch_id", "stage"], set_=sums))


def read_times(session: Session, dispatch_id: int) -> Spent:
    """Return seconds and counts by stage; empty for a dispatch that no worker has touched."""
    rows = session.execute(
        select(DispatchTime.stage, DispatchTime.seconds, DispatchTime.count).where(
            DispatchTime.dispatch_id == dispatch_id
        )
    )
    return {stage: (seconds, count) for stage, seconds, count in rows}
