"""Leaving lists. It always works, needs no reason, and doing it twice is the same as doing it once."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mailer.subscribers.consent import record_given, record_withdrawn
from mailer.subscribers.models import ACTIVE, ENDED, Subscriber, Subscription, Suppression

LEFT = "left"
REASONS = ("often", "irrelevant", "job", "other")
UNDO_LIFE = timedelta(hours=24)


def leave_lists(
    session: Session, subscriber: Subscriber, list_ids: Collection[int], *, now: datetime, source: str
) -> list[int]:
    """End the subscriptions to these lists because the subscriber said so; return the ids of those that changed.

    The row that is still open decides: of a hundred requests at once, one changes it and writes the consent record.
    """
    ended = end_subscriptions(session, subscriber, list_ids, reason=LEFT, now=now)
    record_withdrawn(session, subscriber, ended, now=now, source=source)
    return ended


def leave_everything(session: Session, subscriber: Subscriber, *, now: datetime, source: str) -> list[int]:
    """End all subscriptions because the subscriber said so; return the ids of the lists."""
    ended = end_subscriptions(session, subscriber, None, reason=LEFT, now=now)
    record_withdrawn(session, subscriber, ended, now=now, source=source)
    return ended


def count_others(session: Session, subscriber: Subscriber, list_ids: Collection[int]) -> int:
    """Return on how many other lists the subscriber gets mail."""
    others = select(func.count()).where(
        Subscription.subscriber_id == subscriber.id,
        Subscription.list_id.not_in(list_ids),
        Subscription.state != ENDED,
    )
    return session.scalar(others) or 0


def undo_leaving(session: Session, subscriber: Subscriber, left_at: datetime, *, now: datetime) -> list[int]:
    """Take back what ended in the second of `left_at` by leaving, within a day; return the lists that are active again.

    Whoever was suppressed meanwhile, or joined again, is left as they are.
    """
    if now - left_at > UNDO_LIFE or find_bar(session, subscriber):
        return []
    undone = session.scalars(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.state == ENDED,
            Subscription.ended_reason == LEFT,
            Subscription.ended_at >= left_at,
            Subscription.ended_at < left_at + timedelta(seconds=1),
        )
        .values(state=ACTIVE, ended_at=None, ended_reason="", left_because="")
        .returning(Subscription.list_id)
    )
    lists = sorted(undone)
    record_given(session, subscriber, lists, now=now, source="undo of leaving")
    return lists


def give_reason(session: Session, subscriber: Subscriber, left_at: datetime, reason: str) -> None:
    """Note why somebody left the lists that ended in the second of `left_at`."""
    session.execute(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.ended_reason == LEFT,
            Subscription.ended_at >= left_at,
            Subscription.ended_at < left_at + timedelta(seconds=1),
        )
        .values(left_because=reason)
    )


def count_reasons(session: Session, list_id: int) -> dict[str, int]:
    """Return how many gave which reason for leaving a list."""
    rows = session.execute(
        select(Subscription.left_because, func.count())
        .where(Subscription.list_id == list_id, Subscription.left_because != "")
        .group_by(Subscription.left_because)
    )
    return {row[0]: row[1] for row in rows}


def find_bar(session: Session, subscriber: Subscriber) -> bool:
    """Tell whether the mailbox must not be mailed at all."""
    barred = select(Suppression.reason).where(
        Suppression.workspace_id == subscriber.workspace_id, Suppression.address_hash == subscriber.address_hash
    )
    return session.scalar(barred) is not None


def end_subscriptions(
    session: Session, subscriber: Subscriber, list_ids: Collection[int] | None, *, reason: str, now: datetime
) -> list[int]:
    """End open subscriptions, to all lists when `list_ids` is None; return the ids of the lists, ascending."""
    open_ones = (Subscription.subscriber_id == subscriber.id) & (Subscription.state != ENDED)
    if list_ids is not None:
        open_ones &= Subscription.list_id.in_(list_ids)
    ended = session.scalars(
        update(Subscription)
        .where(open_ones)
        .values(state=ENDED, ended_at=now, ended_reason=reason, paused_until=None)
        .returning(Subscription.list_id)
    )
    return sorted(ended)
