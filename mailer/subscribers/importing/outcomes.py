"""What becomes of a row: decided from the row and from what the database knows about its address. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from mailer.subscribers.importing.rows import Row
from mailer.subscribers.importing.seen import Seen
from mailer.subscribers.models import ACTIVE, ENDED

Outcome = Literal[
    "added",
    "updated",
    "unchanged",
    "duplicate in file",
    "already on the list",
    "left earlier",
    "suppressed",
    "invalid",
]
STAYED_OUT: tuple[Outcome, ...] = ("left earlier", "suppressed")

# Whoever ended so did not leave but must not be mailed.
_SUPPRESSING = ("bounced", "complained", "erased")


class Line(NamedTuple):
    """A line of the report."""

    line: int
    address: str
    outcome: Outcome
    reason: str = ""


class Known(NamedTuple):
    """A subscriber as the database has it; `state` is empty when there is no subscription to this list."""

    id: int
    name: str
    organisation: str
    language: str
    attributes: dict[str, Any]
    state: str
    ended_reason: str


@dataclass
class Plan:
    """`new` are subscribers to make, `joining` ids to put on the list, `changes` columns to write by id.

    `ids` are all subscribers whose addresses the chunk holds.
    """

    lines: list[Line] = field(default_factory=list)
    new: list[Row] = field(default_factory=list)
    joining: list[int] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)


def make_plan(rows: Iterable[Row], known: Mapping[str, Known], suppressed: Mapping[bytes, str], seen: Seen) -> Plan:
    """Decide about a chunk of rows. `seen` holds the addresses of earlier chunks and is not changed."""
    plan = Plan()
    here: set[str] = set()
    for row in rows:
        subscriber = known.get(row.key)
        if row.problem:
            line = Line(row.line, row.address, "invalid", row.problem)
        elif row.key in here or (subscriber.id in seen.ids if subscriber else row.hash in seen.hashes):
            line = Line(row.line, row.address, "duplicate in file")
        elif row.hash in suppressed:
            line = Line(row.line, row.address, "suppressed", suppressed[row.hash])
        elif subscriber is None:
            plan.new.append(row)
            line = Line(row.line, row.address, "added")
        else:
            line = _decide(row, subscriber, plan)
        here.add(row.key)
        plan.lines.append(line)
    return plan


def _decide(row: Row, subscriber: Known, plan: Plan) -> Line:
    """Decide about somebody who is known; what has to be written goes into the plan."""
    if subscriber.state == ENDED:
        outcome: Outcome = "suppressed" if subscriber.ended_reason in _SUPPRESSING else "left earlier"
        return Line(row.line, row.address, outcome, subscriber.ended_reason)
    change = _find_change(row, subscriber)
    if change:
        plan.changes.append({"id": subscriber.id, **change})
    if not subscriber.state:
        plan.joining.append(subscriber.id)
        return Line(row.line, row.address, "added")
    if change:
        return Line(row.line, row.address, "updated")
    if subscriber.state == ACTIVE:
        return Line(row.line, row.address, "unchanged")
    return Line(row.line, row.address, "already on the list", subscriber.state)


def _find_change(row: Row, subscriber: Known) -> dict[str, Any]:
    """Return all columns when the file says something else; an empty cell says nothing."""
    attributes = {**subscriber.attributes, **dict(row.attributes)} if row.attributes else subscriber.attributes
    wanted = {
        "name": row.name or subscriber.name,
        "organisation": row.organisation or subscriber.organisation,
        "language": row.language or subscriber.language,
        "attributes": attributes,
    }
    return {} if tuple(wanted.values()) == subscriber[1:5] else wanted
