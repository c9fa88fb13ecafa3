"""Finding and counting subscribers, always inside one workspace."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError
from mailer.mime.address import parse_address
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING, Subscriber, Subscription


def find_subscriber(session: Session, workspace_id: int, subscriber_id: int) -> Subscriber | None:
    return session.scalar(
        select(Subscriber).where(Subscriber.workspace_id == workspace_id, Subscriber.id == subscriber_id)
    )


def get_subscriber(session: Session, workspace_id: int, subscriber_id: int) -> Subscriber:
    subscriber = find_subscriber(session, workspace_id, subscriber_id)
    if subscriber is None:
        raise NotFoundError("There is no such subscriber.")
    return subscriber


def find_by_address(session: Session, workspace_id: int, address: str) -> Subscriber | None:
    """Return the subscriber with this mailbox, in whatever spelling; None also when `address` is no address."""
    try:
        key = parse_address(address).key
    except ValueError:
        return None
    return session.scalar(
        select(Subscriber).where(Subscriber.workspace_id == workspace_id, Subscriber.address_key == key)
    )


def get_by_address(session: Session, workspace_id: int, address: str) -> Subscriber:
    subscriber = find_by_address(session, workspace_id, address)
    if subscriber is None:
        raise NotFoundError("There is no subscriber with this address.")
    return subscriber


def list_subscribers(
    session: Session,
    workspace_id: int,
    list_id: int | None = None,
    search: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[Subscriber]:
    """Return a page in order of ids above `after`; with `list_id`, those with a subscription to it in any state."""
    wanted = select(Subscriber).where(Subscriber.workspace_id == workspace_id, Subscriber.id > after)
    if list_id is not None:
        # Bounds on both tables: without the second one SQLite walks the whole list for every page.
        wanted = wanted.join(Subscription, Subscription.subscriber_id == Subscriber.id).where(
            Subscription.list_id == list_id, Subscription.subscriber_id > after
        )
    if search.strip():
        wanted = wanted.where(_matches(search.strip()))
    return list(session.scalars(wanted.order_by(Subscriber.id).limit(limit)))


def list_subscriptions(session: Session, subscriber: Subscriber) -> list[Subscription]:
    wanted = select(Subscription).where(Subscription.subscriber_id == subscriber.id).order_by(Subscription.list_id)
    return list(session.scalars(wanted))


def iter_subscribers(session: Session, list_id: int, state: str) -> Iterator[Subscriber]:
    """Yield everybody whose subscription to the list is in `state`, by id, a thousand rows at a time."""
    wanted = (
        select(Subscriber)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscription.list_id == list_id, Subscription.state == state)
        .order_by(Subscription.subscriber_id)
    )
    yield from session.scalars(wanted, execution_options={"yield_per": 1000})


def count_by_state(session: Session, list_id: int) -> dict[str, int]:
    """Return how many subscriptions the list has in each state; every state is there."""
    rows = session.execute(
        select(Subscription.state, func.count()).where(Subscription.list_id == list_id).group_by(Subscription.state)
    )
    return dict.fromkeys((PENDING, ACTIVE, PAUSED, ENDED), 0) | {row[0]: row[1] for row in rows}


def _matches(search: str) -> ColumnElement[bool]:
    # SQLite's lower() knows only ASCII, so Å Ä Ö need their other case spelt out.
    spellings = sorted({search, search.lower(), search.upper(), search.capitalize(), search.title()})
    return or_(
        Subscriber.address_key.contains(search.casefold(), autoescape=True),
        *(Subscriber.name.icontains(spelling, autoescape=True) for spelling in spellings),
    )
