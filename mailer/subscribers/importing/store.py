"""A chunk of rows in the database: looked up, planned and written with a handful of statements."""

import json
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    String,
    TableValuedAlias,
    and_,
    any_,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from mailer.db import UtcDateTime, insert_unless_there
from mailer.subscribers.consent import GIVEN
from mailer.subscribers.importing.insert import InterferenceError, insert_subscribers
from mailer.subscribers.importing.outcomes import Known, Plan, make_plan
from mailer.subscribers.importing.rows import Row
from mailer.subscribers.importing.seen import Seen
from mailer.subscribers.models import ACTIVE, Consent, Subscriber, Subscription, Suppression


@dataclass(frozen=True)
class Target:
    """Where an import goes. `list_id` is 0 for a list that a dry run would have made."""

    workspace_id: int
    list_id: int
    source: str
    now: datetime


def plan_chunk(session: Session, target: Target, rows: list[Row], seen: Seen) -> Plan:
    """Look up the addresses of a chunk and decide; nothing is written."""
    valid = [row for row in rows if not row.problem]
    known = _find_known(session, target, [row.key for row in valid])
    plan = make_plan(rows, known, _find_suppressed(session, target, valid), seen)
    plan.ids = [subscriber.id for subscriber in known.values()]
    return plan


def store_plan(session: Session, target: Target, plan: Plan) -> None:
    """Write what was planned in the same transaction, and add the new subscribers' ids to the plan.

    InterferenceError when another transaction was faster with one of them.
    """
    new_ids = insert_subscribers(session, target.workspace_id, plan.new, target.now)
    if plan.changes:
        # In order of ids here and below, so that two imports at once wait for each other and not in a circle.
        session.execute(update(Subscriber), sorted(plan.changes, key=itemgetter("id")))
    _subscribe(session, target, sorted([*new_ids, *plan.joining]))
    plan.ids += new_ids


def _find_known(session: Session, target: Target, keys: list[str]) -> dict[str, Known]:
    on_this_list = and_(Subscription.subscriber_id == Subscriber.id, Subscription.list_id == target.list_id)
    found = session.execute(
        select(
            Subscriber.address_key,
            Subscriber.id,
            Subscriber.name,
            Subscriber.organisation,
            Subscriber.language,
            Subscriber.attributes,
            func.coalesce(Subscription.state, ""),
            func.coalesce(Subscription.ended_reason, ""),
        )
        .outerjoin(Subscription, on_this_list)
        .where(Subscriber.workspace_id == target.workspace_id, _is_one_of(session, Subscriber.address_key, keys))
    )
    return {row[0]: Known(*row[1:]) for row in found}


def _find_suppressed(session: Session, target: Target, rows: list[Row]) -> dict[bytes, str]:
    """Return the reasons of suppressed addresses by their hash."""
    of_this_workspace = Suppression.workspace_id == target.workspace_id
    if session.scalar(select(Suppression.reason).where(of_this_workspace).limit(1)) is None:
        return {}
    # Fewer are suppressed than subscribed; SQLite's JSON holds no bytes, so there the hashes go by hundreds.
    found: dict[bytes, str] = {}
    for start in range(0, len(rows), 500):
        hashes = [row.hash for row in rows[start : start + 500]]
        wanted = select(Suppression.address_hash, Suppression.reason).where(of_this_workspace)
        suppressed = session.execute(wanted.where(Suppression.address_hash.in_(hashes)))
        found.update({row[0]: row[1] for row in suppressed})
    return found


def _subscribe(session: Session, target: Target, subscriber_ids: list[int]) -> None:
    """Put subscribers who have no subscription to the list on it, each with a consent record."""
    if not subscriber_ids:
        return
    ids = _rows_of(session, subscriber_ids)
    started = insert_unless_there(session, Subscription).from_select(
        ["list_id", "subscriber_id", "state", "started_at", "ended_reason"],
        # SQLite's grammar takes the ON of ON CONFLICT for a join's unless a WHERE stands before it.
        select(literal(target.list_id), ids.c.value, literal(ACTIVE), _moment(target), literal("")).where(true()),
    )
    made = session.connection().execute(started, execution_options={"preserve_rowcount": True}).rowcount
    if made != len(subscriber_ids):
        raise InterferenceError("Somebody joined the list at the same time. Start the import again.")
    given = insert(Consent).from_select(
        ["workspace_id", "subscriber_id", "list_id", "verb", "source", "text_version", "at"],
        select(
            literal(target.workspace_id),
            ids.c.value,
            literal(target.list_id),
            literal(GIVEN),
            literal(target.source),
            literal(""),
            _moment(target),
        ),
    )
    session.execute(given)


def _moment(target: Target) -> ColumnElement[datetime]:
    return literal(target.now, UtcDateTime())


def _is_one_of(session: Session, column: InstrumentedAttribute[str], values: list[str]) -> ColumnElement[bool]:
    """Return a condition that takes any number of values as one parameter."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(values, ARRAY(String)))
    return column.in_(select(func.json_each(json.dumps(values)).table_valued("value").c.value))


def _rows_of(session: Session, numbers: list[int]) -> TableValuedAlias:
    """Return a table with the column `value` that holds these numbers."""
    if session.get_bind().dialect.name == "postgresql":
        return func.unnest(literal(numbers, ARRAY(BigInteger))).table_valued("value").render_derived()
    return func.json_each(json.dumps(numbers)).table_valued("value")
