"""Joining lists. Only an explicit consent starts a subscription, and only a new one starts an ended one again."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.errors import InvalidError, Problem, RefusedError
from mailer.lists.models import MailingList
from mailer.mime.address import parse_address
from mailer.subscribers.consent import record_given
from mailer.subscribers.models import ACTIVE, ENDED, PENDING, Subscriber, Subscription
from mailer.subscribers.queries import get_by_address
from mailer.subscribers.suppression import BOUNCED, COMPLAINED, find_suppression, lift_suppression
from mailer.tokens import hash_address


def add_subscriber(
    session: Session,
    workspace_id: int,
    address: str,
    *,
    name: str = "",
    organisation: str = "",
    language: str = "",
    now: datetime,
) -> Subscriber:
    """Return the subscriber with this address, made if need be; an existing one is left as it is.

    A subscriber on no list gets no mail. InvalidError when the address is none.
    """
    try:
        parsed = parse_address(address)
    except ValueError as error:
        raise InvalidError([Problem(str(error), field="address")]) from None
    row = {
        "workspace_id": workspace_id,
        "address": parsed.address,
        "address_key": parsed.key,
        "address_hash": hash_address(parsed.key),
        "name": name,
        "organisation": organisation,
        "language": language,
        "created_at": now,
    }
    session.execute(insert_unless_there(session, Subscriber).values(row))
    return get_by_address(session, workspace_id, parsed.address)


def ask_to_join(session: Session, subscriber: Subscriber, list_ids: Collection[int], *, now: datetime) -> list[int]:
    """Start subscriptions that wait for the mailbox's owner to confirm; return the ids of those that are new.

    Nothing is brought back: whoever left and asks again is confirmed by `join_lists`, not by this.
    """
    return _start(session, subscriber, _own_lists(session, subscriber, list_ids), PENDING, now)


def join_lists(
    session: Session,
    subscriber: Subscriber,
    list_ids: Collection[int],
    *,
    now: datetime,
    source: str,
    text_version: str = "",
) -> list[int]:
    """Make subscriptions active because the mailbox's owner agreed now; return the ids of those that changed.

    Starts new ones, confirms pending ones and restarts ended ones, each with a consent record. A paused one stays
    paused. RefusedError when the address bounced or complained: a person has to look at that first.
    """
    suppression = find_suppression(session, subscriber.workspace_id, subscriber.address_hash)
    if suppression is not None and suppression.reason in (BOUNCED, COMPLAINED):
        raise RefusedError(f"This address cannot be subscribed: it has {suppression.reason}.")
    lift_suppression(session, subscriber.workspace_id, subscriber.address_hash)
    mine = _own_lists(session, subscriber, list_ids)
    joined = _start(session, subscriber, mine, ACTIVE, now)
    joined += _restart(session, subscriber, mine, now)
    record_given(session, subscriber, sorted(joined), now=now, source=source, text_version=text_version)
    return sorted(joined)


def _start(session: Session, subscriber: Subscriber, list_ids: list[int], state: str, now: datetime) -> list[int]:
    """Make the subscriptions that do not exist in any state; return the ids of their lists."""
    rows = [
        {"list_id": list_id, "subscriber_id": subscriber.id, "state": state, "started_at": now} for list_id in list_ids
    ]
    if not rows:
        return []
    started = insert_unless_there(session, Subscription).values(rows).returning(Subscription.list_id)
    return sorted(session.scalars(started))


def _restart(session: Session, subscriber: Subscriber, list_ids: list[int], now: datetime) -> list[int]:
    restarted = session.scalars(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.list_id.in_(list_ids),
            Subscription.state.in_((PENDING, ENDED)),
        )
        .values(state=ACTIVE, started_at=now, ended_at=None, ended_reason="", paused_until=None)
        .returning(Subscription.list_id)
    )
    return sorted(restarted)


def _own_lists(session: Session, subscriber: Subscriber, list_ids: Collection[int]) -> list[int]:
    """Return those of `list_ids` that belong to the subscriber's workspace, ascending."""
    mine = select(MailingList.id).where(
        MailingList.workspace_id == subscriber.workspace_id, MailingList.id.in_(list_ids)
    )
    return sorted(session.scalars(mine))
