"""Starting a dispatch: one transaction freezes the issue and plans a row for every reader; then workers are woken.

A second Send of the same issue to the same list is refused by the primary key of `dispatch_lists`, whoever asks.
"""

from datetime import datetime

from sqlalchemy import (
    Select,
    String,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.db import UtcDateTime
from mailer.deliveries.models import (
    BATCH_SIZE,
    LARGE_BATCH_SIZE,
    LARGE_DISPATCH,
    Batch,
    Delivery,
    Dispatch,
    DispatchList,
)
from mailer.deliveries.states import State
from mailer.deliveries.tally import count_all_reasons
from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.issues.models import Issue
from mailer.issues.queries import GONE
from mailer.issues.snapshot import freeze_issue, freeze_variants
from mailer.jobs import help_later
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING, Subscriber, Subscription, Suppression

NO_LIST = mark("Choose at least one list to send to.")
NOBODY = mark("Nobody would get the mail: the chosen lists have no active subscribers.")


def start_dispatch(session: Session, issue: Issue, lists: list[MailingList], *, actor: str, now: datetime) -> Dispatch:
    """Plan a dispatch of `issue` to `lists` and wake the workers after commit; refused as `plan_dispatch` says."""
    dispatch = plan_dispatch(session, issue, lists, actor=actor, now=now)
    help_later(session, dispatch.id)
    return dispatch


def plan_dispatch(session: Session, issue: Issue, lists: list[MailingList], *, actor: str, now: datetime) -> Dispatch:
    """Freeze `issue` and plan a delivery for everybody on `lists`.

    Who may not be mailed gets a row too, skipped with its reason. RefusedError when the issue went to one of the
    lists before, when nobody would get it, or when it cannot be rendered within the limits; NotFoundError when it has
    been deleted.
    """
    # Two Sends of one issue at once queue here, and editors too; whoever comes second sees what the first one did.
    locked = select(Issue).where(Issue.id == issue.id).with_for_update(key_share=True)
    if session.scalar(locked.execution_options(populate_existing=True)) is None:
        raise NotFoundError(GONE)
    _refuse_second_send(session, issue, lists)
    newsletter = session.get_one(Newsletter, issue.newsletter_id)
    snapshot = freeze_issue(session, newsletter, issue, now=now)
    dispatch = Dispatch(workspace_id=issue.workspace_id, issue_id=issue.id, snapshot_id=snapshot.id, started_at=now)
    session.add(dispatch)
    session.flush()
    for mailing_list in lists:
        session.add(DispatchList(issue_id=issue.id, list_id=mailing_list.id, dispatch_id=dispatch.id))
    session.flush()
    _plan_deliveries(session, dispatch, lists, now)
    _plan_batches(session, dispatch, now)
    freeze_variants(session, newsletter, issue, snapshot, _combinations(session, dispatch, lists))
    record_activity(
        session, issue.workspace_id, actor=actor, verb="dispatch.started", subject=f"dispatch:{dispatch.id}", now=now
    )
    return dispatch


def count_recipients(session: Session, issue: Issue, lists: list[MailingList], *, now: datetime) -> int:
    """Return how many people a dispatch to `lists` would reach now; a person on several lists counts once."""
    rows = _readers(issue.workspace_id, issue.id, lists, now).subquery()
    return session.scalar(select(func.count()).select_from(rows).where(rows.c.reason == "")) or 0


def list_combinations(
    session: Session, issue: Issue, lists: list[MailingList], *, now: datetime
) -> set[frozenset[str]]:
    """Return through which of `lists` (slugs) somebody would get the issue now, each combination once."""
    rows = _readers(issue.workspace_id, issue.id, lists, now).subquery()
    return _name_combinations(session, lists, select(rows.c.via).where(rows.c.reason == ""))


def _refuse_second_send(session: Session, issue: Issue, lists: list[MailingList]) -> None:
    if not lists:
        raise RefusedError(NO_LIST)
    row = session.execute(
        select(DispatchList.dispatch_id, MailingList.name)
        .join(MailingList, MailingList.id == DispatchList.list_id)
        .where(DispatchList.issue_id == issue.id, DispatchList.list_id.in_([one.id for one in lists]))
    ).first()
    if row:
        words = mark("{number} has already been sent to the list {list} (dispatch {dispatch}).")
        raise RefusedError(words, number=issue.number, list=row[1], dispatch=row[0])


def _readers(workspace_id: int, issue_id: int, lists: list[MailingList], now: datetime) -> Select[tuple[int, str, str]]:
    """Select (subscriber id, via, reason) for everybody who has or had a place on `lists`; reason "": gets the mail.

    Never reads the subscribers themselves: a million of them would have to be looked up one by one. Who must not be
    mailed, and who has the issue already, are few in most dispatches and are joined as what they are.
    """
    places, suppressed = _places(workspace_id, lists, now).subquery(), _suppressed(workspace_id).subquery()
    earlier = _got_it(issue_id).subquery()
    reason = case(
        (suppressed.c.reason.is_not(None), suppressed.c.reason),
        (earlier.c.id.is_not(None), literal("already_sent")),
        (places.c.via != "", literal("")),
        (places.c.is_paused == 1, literal("paused")),
        (places.c.is_pending == 1, literal("unconfirmed")),
        else_=places.c.ended_reason,
    )
    return (
        select(places.c.id, places.c.via, reason.label("reason"))
        .outerjoin(suppressed, suppressed.c.id == places.c.id)
        .outerjoin(earlier, earlier.c.id == places.c.id)
    )


def _places(workspace_id: int, lists: list[MailingList], now: datetime) -> Select[tuple[int, str, int, int, str]]:
    """Select everybody's places on `lists` as one row: through which lists they get mail, and if none, why not."""
    receives = or_(Subscription.state == ACTIVE, and_(Subscription.state == PAUSED, Subscription.paused_until <= now))
    # With one list nobody has more than one place, and gathering them is a third of the time.
    several = len(lists) > 1
    via = case((receives, cast(Subscription.list_id, String)), else_=None)
    vias = func.aggregate_strings(via, ",") if several else via
    facts = {
        "is_paused": case((Subscription.state == PAUSED, 1), else_=0),
        "is_pending": case((Subscription.state == PENDING, 1), else_=0),
        "ended_reason": case((Subscription.state == ENDED, Subscription.ended_reason), else_=""),
    }
    places = select(
        Subscription.subscriber_id.label("id"),
        func.coalesce(vias, "").label("via"),
        *[(func.max(fact) if several else fact).label(name) for name, fact in facts.items()],
    ).where(Subscription.list_id.in_([one.id for one in lists if one.workspace_id == workspace_id]))
    return places.group_by(Subscription.subscriber_id) if several else places


def _suppressed(workspace_id: int) -> Select[int, str]:
    same_address = and_(
        Subscriber.workspace_id == Suppression.workspace_id, Subscriber.address_hash == Suppression.address_hash
    )
    return (
        select(Subscriber.id, Suppression.reason)
        .join(Subscriber, same_address)
        .where(Suppression.workspace_id == workspace_id)
    )


def _got_it(issue_id: int) -> Select[int]:
    """Select who was planned to get the issue by an earlier dispatch."""
    return (
        select(Delivery.subscriber_id.label("id"))
        .join(Dispatch, Dispatch.id == Delivery.dispatch_id)
        .where(Dispatch.issue_id == issue_id, Delivery.state != State.SKIPPED)
        .distinct()
    )


def _plan_deliveries(session: Session, dispatch: Dispatch, lists: list[MailingList], now: datetime) -> None:
    """Insert every row in one statement; sequences run from 1 in the order of subscriber ids."""
    readers = _readers(dispatch.workspace_id, dispatch.issue_id, lists, now).subquery()
    state = case((readers.c.reason == "", int(State.PLANNED)), else_=int(State.SKIPPED))
    rows = select(
        literal(dispatch.id),
        func.row_number().over(order_by=readers.c.id),
        readers.c.id,
        readers.c.via,
        state,
        readers.c.reason,
        literal(0),
        literal(0),
        null(),
        literal(False),
    )
    columns = ["dispatch_id", "sequence", "subscriber_id", "via", "state", "reason", "attempt", "code"]
    session.execute(insert(Delivery).from_select([*columns, "due_at", "may_be_doubled"], rows))


def _plan_batches(session: Session, dispatch: Dispatch, now: datetime) -> None:
    deliveries = session.scalar(select(func.max(Delivery.sequence)).where(Delivery.dispatch_id == dispatch.id)) or 0
    size = BATCH_SIZE if deliveries < LARGE_DISPATCH else LARGE_BATCH_SIZE
    planned = func.sum(case((Delivery.state == State.PLANNED, 1), else_=0))
    skipped = func.sum(case((Delivery.state == State.SKIPPED, 1), else_=0))
    number = (Delivery.sequence - 1) // size
    rows = (
        select(
            literal(dispatch.id),
            func.min(Delivery.sequence),
            func.max(Delivery.sequence),
            case((planned > 0, literal(now, UtcDateTime)), else_=null()),
            planned,
            skipped,
            *[literal(0) for _ in range(5)],
            literal(""),
        )
        .where(Delivery.dispatch_id == dispatch.id)
        .group_by(number)
    )
    columns = ["dispatch_id", "first_sequence", "last_sequence", "due_at", "planned", "skipped"]
    session.execute(
        insert(Batch).from_select([*columns, "attempt", "sent", "deferred", "failed", "held", "worker"], rows)
    )
    totals = session.execute(
        select(func.sum(Batch.planned), func.sum(Batch.skipped)).where(Batch.dispatch_id == dispatch.id)
    ).one()
    if not totals[0]:
        raise RefusedError(NOBODY)
    dispatch.planned_count, dispatch.skipped_at_start = totals[0] + totals[1], totals[1]
    if dispatch.skipped_at_start:
        count_all_reasons(session, dispatch.id, size)


def _combinations(session: Session, dispatch: Dispatch, lists: list[MailingList]) -> set[frozenset[str]]:
    wanted = select(Delivery.via).where(Delivery.dispatch_id == dispatch.id, Delivery.state == State.PLANNED)
    return _name_combinations(session, lists, wanted)


def _name_combinations(session: Session, lists: list[MailingList], vias: Select[str]) -> set[frozenset[str]]:
    if len(lists) == 1:
        return {frozenset({lists[0].slug})}
    slugs = {str(one.id): one.slug for one in lists}
    return {frozenset(slugs[part] for part in via.split(",")) for via in session.scalars(vias.distinct())}
