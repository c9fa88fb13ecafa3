"""Join requests: what a form is told, what a worker makes of it, and what the mailbox's owner says.

The page does the same for every address: one row. Who that is, and which mail they get, is found out by a worker, so
that neither the answer nor the time it takes tells who subscribes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from mailer.jobs import notices_later
from mailer.lists.models import MailingList
from mailer.mime.address import parse_address
from mailer.newsletters.models import Newsletter
from mailer.notices.ask import ask_for_notice, count_notices
from mailer.subscribers.joining import add_subscriber, ask_to_join, join_lists
from mailer.subscribers.models import (
    ACTIVE,
    ASKED,
    CONFIRMED,
    ENDED,
    IGNORED,
    MAILED,
    PENDING,
    REFUSED,
    JoinRequest,
    Subscriber,
    Subscription,
)
from mailer.subscribers.queries import find_by_address
from mailer.subscribers.suppression import BOUNCED, COMPLAINED, find_suppression
from mailer.tokens import hash_address

LIFE = timedelta(days=7)
_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
_MOST_IN_A_MONTH = 3
_KINDS = ("confirm_join", "already_joined")


@dataclass(frozen=True)
class Typed:
    """What a stranger typed, cleaned and checked by the page; `list_ids` are open lists of the newsletter."""

    address: str
    list_ids: tuple[int, ...]
    language: str
    text_version: str
    source: str
    name: str = ""
    organisation: str = ""
    attributes: Mapping[str, str] | None = None
    issue: str = ""
    via: str = ""


def ask(session: Session, newsletter: Newsletter, typed: Typed, *, now: datetime) -> None:
    """Take a request in and wake a worker. ValueError when the address is none."""
    parsed = parse_address(typed.address)
    session.add(
        JoinRequest(
            workspace_id=newsletter.workspace_id,
            newsletter_id=newsletter.id,
            address=parsed.address,
            address_hash=hash_address(parsed.key),
            name=typed.name,
            organisation=typed.organisation,
            language=typed.language,
            attributes=dict(typed.attributes or {}),
            list_ids=list(typed.list_ids),
            text_version=typed.text_version,
            source=typed.source,
            issue=typed.issue,
            via=typed.via,
            asked_at=now,
        )
    )
    notices_later(session)


def has_asked(session: Session) -> bool:
    return session.scalar(select(JoinRequest.id).where(JoinRequest.state == ASKED).limit(1)) is not None


def look_at_asked(session: Session, now: datetime, *, most: int = 50) -> int:
    """Decide about requests that nobody has looked at, oldest first; return how many."""
    wanted = select(JoinRequest).where(JoinRequest.state == ASKED).order_by(JoinRequest.id).limit(most)
    requests = list(session.scalars(wanted.with_for_update(skip_locked=True)))
    for request in requests:
        request.state = _decide(session, request, now)
        session.flush()
    return len(requests)


def confirm(session: Session, request: JoinRequest, *, now: datetime) -> bool:
    """Join the lists because the mailbox's owner says so; False when an earlier yes or a later leaving stands.

    Of many at once, one finds the request unanswered and writes the consent.
    """
    if has_left_since(session, request):
        return False
    answered = session.scalars(
        update(JoinRequest)
        .where(JoinRequest.id == request.id, JoinRequest.state == MAILED)
        .values(state=CONFIRMED, ended_at=now)
        .returning(JoinRequest.id)
    ).all()
    if not answered:
        return False
    subscriber = add_subscriber(session, request.workspace_id, request.address, language=request.language, now=now)
    subscriber.name = request.name or subscriber.name
    subscriber.organisation = request.organisation or subscriber.organisation
    subscriber.language = request.language
    subscriber.attributes = {**subscriber.attributes, **request.attributes}
    joined = join_lists(
        session, subscriber, request.list_ids, now=now, source=request.source, text_version=request.text_version
    )
    _welcome(session, request, subscriber, joined, now)
    return True


def refuse(session: Session, request: JoinRequest, *, now: datetime) -> None:
    """Forget a request because the mailbox's owner did not make it; what it had begun is taken back."""
    if request.state in {ASKED, MAILED}:
        request.state, request.ended_at = REFUSED, now
        _take_back(session, request)
        request.address, request.name, request.organisation, request.attributes = "", "", "", {}
        session.flush()


def has_left_since(session: Session, request: JoinRequest) -> bool:
    """Tell whether the person has left one of the lists after asking: an old yes must not bring them back."""
    subscriber = find_by_address(session, request.workspace_id, request.address)
    if subscriber is None:
        return False
    left = select(Subscription.list_id).where(
        Subscription.subscriber_id == subscriber.id,
        Subscription.list_id.in_(request.list_ids),
        Subscription.state == ENDED,
        Subscription.ended_at >= request.asked_at,
    )
    return session.scalar(left.limit(1)) is not None


def ask_again(session: Session, request: JoinRequest, *, now: datetime) -> None:
    """Ask anew for what a request asked for, as if the form had been filled in again."""
    newsletter = session.get_one(Newsletter, request.newsletter_id)
    typed = Typed(
        request.address,
        tuple(request.list_ids),
        request.language,
        request.text_version,
        request.source,
        request.name,
        request.organisation,
        request.attributes,
    )
    ask(session, newsletter, typed, now=now)


def forget_unconfirmed(session: Session, before: datetime, *, most: int = 1000) -> int:
    """Delete requests from before a moment, and what the unanswered ones had begun; return how many."""
    old = list(session.scalars(select(JoinRequest).where(JoinRequest.asked_at < before).limit(most)))
    for request in old:
        if request.state in {ASKED, MAILED}:
            _take_back(session, request)
    session.execute(delete(JoinRequest).where(JoinRequest.id.in_([request.id for request in old])))
    return len(old)


def _decide(session: Session, request: JoinRequest, now: datetime) -> str:
    """Return the state a request gets; a mail is asked for when one may go out."""
    suppression = find_suppression(session, request.workspace_id, request.address_hash)
    if suppression is not None and suppression.reason in (BOUNCED, COMPLAINED):
        return IGNORED
    if _has_had_enough(session, request, now):
        return IGNORED
    newsletter = session.get_one(Newsletter, request.newsletter_id)
    subscriber = find_by_address(session, request.workspace_id, request.address)
    if subscriber and _active_on(session, subscriber, request.list_ids) >= set(request.list_ids):
        values = {"newsletter_slug": newsletter.slug, "lists": _names(session, request.list_ids)}
        ask_for_notice(session, newsletter, "already_joined", request.address, request.language, values, now=now)
        return IGNORED
    subscriber = add_subscriber(session, request.workspace_id, request.address, language=request.language, now=now)
    ask_to_join(session, subscriber, request.list_ids, now=now)
    told = {"request": request.id, "newsletter": newsletter.id, "lists": _names(session, request.list_ids)}
    ask_for_notice(session, newsletter, "confirm_join", request.address, request.language, told, now=now)
    return MAILED


def _has_had_enough(session: Session, request: JoinRequest, now: datetime) -> bool:
    """Tell whether the mailbox got such a mail today, or three this month: nobody can be made to drown in them."""
    of_mailbox = request.workspace_id, request.address_hash, _KINDS
    return (
        count_notices(session, *of_mailbox, since=now - _DAY) >= 1
        or count_notices(session, *of_mailbox, since=now - _MONTH) >= _MOST_IN_A_MONTH
    )


def _welcome(session: Session, request: JoinRequest, subscriber: Subscriber, joined: list[int], now: datetime) -> None:
    if not joined:
        return
    newsletter = session.get_one(Newsletter, request.newsletter_id)
    lists = session.scalars(select(MailingList).where(MailingList.id.in_(joined)).order_by(MailingList.name)).all()
    values = {
        "newsletter_slug": newsletter.slug,
        "lists": [one.name for one in lists],
        "words": [one.welcome for one in lists if one.welcome],
    }
    ask_for_notice(session, newsletter, "welcome", subscriber.address, request.language, values, now=now)


def _take_back(session: Session, request: JoinRequest) -> None:
    """End pending places that this request had begun, and a subscriber who is nothing else."""
    subscriber = find_by_address(session, request.workspace_id, request.address)
    if subscriber is None:
        return
    session.execute(
        delete(Subscription).where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.list_id.in_(request.list_ids),
            Subscription.state == PENDING,
        )
    )
    is_known = select(Subscription.list_id).where(Subscription.subscriber_id == subscriber.id)
    if session.scalar(is_known.limit(1)) is None:
        session.delete(subscriber)
    session.flush()


def _active_on(session: Session, subscriber: Subscriber, list_ids: Collection[int]) -> set[int]:
    receives = or_(Subscription.state == ACTIVE, Subscription.state == "paused")
    return set(
        session.scalars(
            select(Subscription.list_id).where(
                Subscription.subscriber_id == subscriber.id, Subscription.list_id.in_(list_ids), receives
            )
        )
    )


def _names(session: Session, list_ids: Collection[int]) -> list[str]:
    wanted = select(MailingList.name).where(MailingList.id.in_(list_ids)).order_by(MailingList.name)
    return list(session.scalars(wanted))
