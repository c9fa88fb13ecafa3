"""Who of a dispatch may not be mailed any more, and why: asked at claim and again just before MAIL FROM."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from mailer.deliveries.models import Batch, Delivery, Dispatch, DispatchList
from mailer.deliveries.states import State
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING, Subscriber, Subscription, Suppression


def may_be_mailed(dispatch_id: BindParameter[int], now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that `skip_reasons` would find no reason, for rows of Delivery joined with Subscriber."""
    receives = (
        select(Subscription.subscriber_id)
        .join(DispatchList, DispatchList.list_id == Subscription.list_id)
        .where(
            DispatchList.dispatch_id == dispatch_id,
            Subscription.subscriber_id == Delivery.subscriber_id,
            or_(Subscription.state == ACTIVE, and_(Subscription.state == PAUSED, Subscription.paused_until <= now)),
        )
    )
    suppressed = select(Suppression.workspace_id).where(
        Suppression.workspace_id == Subscriber.workspace_id, Suppression.address_hash == Subscriber.address_hash
    )
    # One look-up each by the key. Of an EXISTS PostgreSQL would make a table of all subscriptions, for every batch.
    return and_(
        Subscriber.id.is_not(None),
        receives.limit(1).scalar_subquery().is_not(None),
        suppressed.limit(1).scalar_subquery().is_(None),
    )


def skip_reasons(session: Session, dispatch_id: int, subscriber_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """Return a reason for each of `subscriber_ids` that no list of the dispatch lets be mailed any more.

    Reasons: left, bounced, complained, erased, removed, paused, unconfirmed. An id that is not a subscriber any more
    is erased.
    """
    if not subscriber_ids:
        return {}
    reasons = _suppressed(session, subscriber_ids)
    states: dict[int, set[str]] = {subscriber_id: set() for subscriber_id in subscriber_ids}
    rows = session.execute(
        select(Subscription.subscriber_id, Subscription.state, Subscription.ended_reason, Subscription.paused_until)
        .join(DispatchList, DispatchList.list_id == Subscription.list_id)
        .where(DispatchList.dispatch_id == dispatch_id, Subscription.subscriber_id.in_(subscriber_ids))
    )
    for subscriber_id, state, ended_reason, paused_until in rows:
        back = state == PAUSED and paused_until is not None and paused_until <= now
        states[subscriber_id].add(ACTIVE if back else ended_reason if state == ENDED else state)
    for subscriber_id, seen in states.items():
        if ACTIVE not in seen and subscriber_id not in reasons:
            reasons[subscriber_id] = _worst(seen)
    return reasons


def changed_since(session: Session, dispatch_id: int, moment: datetime) -> set[int]:
    """Return subscribers of the dispatch who may have left, paused or been suppressed since `moment`.

    Cheap, since it is asked every second during a dispatch; `skip_reasons` then tells for sure.
    """
    left = (
        select(Subscription.subscriber_id)
        .join(DispatchList, DispatchList.list_id == Subscription.list_id)
        .where(DispatchList.dispatch_id == dispatch_id, Subscription.state == ENDED, Subscription.ended_at >= moment)
    )
    # By way of the few that were suppressed lately, of the whole workspace: a join with the deliveries reads them all.
    suppressed = (
        select(Subscriber.id)
        .join(
            Suppression,
            and_(
                Suppression.workspace_id == Subscriber.workspace_id,
                Suppression.address_hash == Subscriber.address_hash,
            ),
        )
        .join(Dispatch, Dispatch.workspace_id == Suppression.workspace_id)
        .where(Dispatch.id == dispatch_id, Suppression.at >= moment)
    )
    found = (left, suppressed, _erased_of_claimed(dispatch_id), _paused_of_claimed(dispatch_id))
    return {subscriber_id for one in found for subscriber_id in session.scalars(one)}


def _erased_of_claimed(dispatch_id: int) -> Select[int]:
    """Select who of the claimed batches is no subscriber any more: erasure leaves no row that would tell the moment."""
    gone = _claimed(dispatch_id).outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
    return gone.where(Subscriber.id.is_(None))


def _paused_of_claimed(dispatch_id: int) -> Select[int]:
    """Select who of the claimed batches has paused: thousands may have, long ago, and no row tells when."""
    paused = (
        select(Subscription.subscriber_id)
        .join(DispatchList, DispatchList.list_id == Subscription.list_id)
        .where(
            DispatchList.dispatch_id == dispatch_id,
            Subscription.subscriber_id == Delivery.subscriber_id,
            Subscription.state == PAUSED,
        )
    )
    # A look-up each, as in `may_be_mailed`: a join begins with everybody who is paused when there are no statistics.
    return _claimed(dispatch_id).where(paused.limit(1).scalar_subquery().is_not(None))


def _claimed(dispatch_id: int) -> Select[int]:
    in_batch = Delivery.sequence.between(Batch.first_sequence, Batch.last_sequence)
    return (
        select(Delivery.subscriber_id)
        .join(Batch, and_(Batch.dispatch_id == Delivery.dispatch_id, in_batch))
        .where(Batch.dispatch_id == dispatch_id, Batch.lease_until.is_not(None), Delivery.state == State.PLANNED)
    )


def _suppressed(session: Session, subscriber_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Subscriber.id, Suppression.reason)
        .join(
            Suppression,
            and_(
                Suppression.workspace_id == Subscriber.workspace_id,
                Suppression.address_hash == Subscriber.address_hash,
            ),
        )
        .where(Subscriber.id.in_(subscriber_ids))
    )
    return {row[0]: row[1] for row in rows}


def _worst(seen: set[str]) -> str:
    if PAUSED in seen:
        return "paused"
    if PENDING in seen:
        return "unconfirmed"
    return min(seen) if seen else "erased"
