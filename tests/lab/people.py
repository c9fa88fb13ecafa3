"""Faults that people make: leaving, erasure, pausing, cancelling, pressing Send twice, an address that breaks."""

import json
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from urllib.request import Request, urlopen

from sqlalchemy import delete, func, select, update

from mailer import links
from mailer.db import reading, transaction
from mailer.deliveries import control
from mailer.deliveries.models import Dispatch
from mailer.deliveries.states import State
from mailer.subscribers.leaving import end_subscriptions
from mailer.subscribers.models import Subscriber
from mailer.subscribers.suppression import suppress
from mailer.tokens import sign
from tests.lab.fault import Fault
from tests.lab.measure import Told
from tests.lab.plant import POSTGRESQL
from tests.lab.processes import ROOT, python
from tests.lab.readers import Person
from tests.lab.sending import Sending

_SOME = 10
_PAUSE_SECONDS = 2.0
_LEAVING_PACE = "dot: wait=0.2"  # the dispatch has to last longer than the five seconds that leaving may take


def _leave(sending: Sending, told: Told) -> None:
    """Ten readers press their mail program's button: the one-click POST of RFC 8058, to the running web server."""
    for person in _list_last(sending):
        url = links.leave_url(sign("leave", person.subscriber_id, sending.dispatch_id, 0))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        with urlopen(Request(url, b"List-Unsubscribe=One-Click", form), timeout=10):  # noqa: S310 - our own server
            told.barred[person.address] = time.time()


def _erase(sending: Sending, told: Told) -> None:
    """Ten readers are erased: places ended, address suppressed, row removed."""
    now = datetime.now(UTC)
    for person in _list_last(sending):
        with transaction() as session:
            subscriber = session.get_one(Subscriber, person.subscriber_id)
            end_subscriptions(session, subscriber, None, reason="erased", now=now)
            suppress(session, subscriber.workspace_id, subscriber.address_hash, "erased", now=now)
            session.execute(delete(Subscriber).where(Subscriber.id == person.subscriber_id))
        told.barred[person.address] = time.time()


def _pause_and_resume(sending: Sending, told: Told) -> None:
    sending.control(control.pause_dispatch)
    _expect_no_more_mails(sending, told)
    sending.resume()
    told.healed_at = time.time()


def _cancel(sending: Sending, told: Told) -> None:
    sending.control(control.cancel_dispatch)
    _expect_no_more_mails(sending, told)
    told.ends_as = "cancelled"
    skipped = sending.list_subscribers(State.SKIPPED)
    told.excused = {person.address for person in sending.people if person.subscriber_id in skipped}


def _expect_no_more_mails(sending: Sending, told: Told) -> None:
    done = time.time()
    time.sleep(_PAUSE_SECONDS + 2)
    late = sum(line.mail_from_at > done + _PAUSE_SECONDS for line in sending.sink.list_lines())
    if late:
        told.complaints.append(f"{late} mails began more than {_PAUSE_SECONDS:.0f} s after it had been stopped")


def _send_again(sending: Sending, told: Told) -> None:
    """Two processes ask for a second sending of the issue in the middle of the first one."""
    _refuse_all(sending, told, may_win=0)


def _send_at_once(sending: Sending) -> None:
    """Two processes start the same issue at once: one of them does."""
    told = Told()
    _refuse_all(sending, told, may_win=1)
    with reading() as session:
        wanted = select(func.max(Dispatch.id)).where(Dispatch.issue_id == sending.house.issue.id)
        sending.dispatch_id = session.scalar(wanted) or 0
    if told.complaints:
        raise AssertionError("; ".join(told.complaints))


def _refuse_all(sending: Sending, told: Told, *, may_win: int) -> None:
    slug = sending.house.workspace.slug
    command = python("-m", "mailer", "send", sending.house.issue.number, "-n", slug, "--workspace", slug, "--json")
    pipe = subprocess.PIPE
    senders = [subprocess.Popen(command, cwd=ROOT, text=True, stdout=pipe, stderr=pipe) for _ in range(2)]
    answers = [sender.communicate(timeout=120) for sender in senders]
    won = [json.loads(out)["dispatch"] for out, _ in answers if out.strip()]
    refused = sum("already been sent" in err for _, err in answers)
    with reading() as session:
        wanted = select(func.count()).where(Dispatch.issue_id == sending.house.issue.id)
        dispatches = session.scalar(wanted) or 0
    if len(won) != may_win or refused != len(senders) - may_win or dispatches != 1:
        told.complaints.append(f"{len(won)} won, {refused} were refused, {dispatches} dispatches: {answers}")


def _nothing(_sending: Sending, _told: Told) -> None:
    """What there was to do was done before the start."""


def _poison(sending: Sending) -> None:
    """One reader's address cannot stand in a mail, as a fault of an older version might have left it."""
    _set_address(sending.person(len(sending.people) // 2), "r\n@x")


def _heal_poison(sending: Sending, told: Told) -> None:
    state = sending.wait_for_state({"held", "finished"})
    held = sending.count_states().get(State.HELD, 0)
    if (state, held) != ("held", 1):
        told.complaints.append(f"{state} with {held} mails set aside, instead of held with one")
    reached = {line.recipient for line in sending.sink.list_lines()}
    if len(reached) != len(sending.people) - 1:
        told.complaints.append(f"{len(reached)} of {len(sending.people) - 1} others got their mail")
    person = sending.person(len(sending.people) // 2)
    _set_address(person, person.address)
    sending.resume()


def _set_address(person: Person, address: str) -> None:
    with transaction() as session:
        session.execute(update(Subscriber).where(Subscriber.id == person.subscriber_id).values(address=address))


def _list_last(sending: Sending) -> list[Person]:
    """Return readers whose turn comes last, in the two last batches."""
    return sending.people[-_SOME:]


_ALL = [
    Fault(
        "leave", "ten readers leave by one click", _leave, quick=True, quick_at=0.1, rules=(_LEAVING_PACE,), at_most=450
    ),
    Fault("erase", "ten readers are erased", _erase, rules=(_LEAVING_PACE,), at_most=450),
    Fault("pause", "paused, resumed after 4 s", _pause_and_resume, rules=(_LEAVING_PACE,), at_most=450),
    Fault("cancel", "cancelled", _cancel, rules=(_LEAVING_PACE,), at_most=450),
    Fault(
        "double-send", "two processes press Send at once", _nothing, quick=True, shares=(0.5,), prepare=_send_at_once
    ),
    Fault("send-again", "two processes press Send in the middle", _send_again),
    Fault("poison", "a mail that cannot be made", _heal_poison, shares=(0.5,), prepare=_poison),
]
# The same while workers of several processes share PostgreSQL, where nobody's transaction waits for another's.
_ON_POSTGRES = [
    replace(
        fault,
        name=f"{fault.name}-postgres",
        about=f"{fault.about}, on PostgreSQL",
        quick=False,
        shape={"database": POSTGRESQL},
    )
    for fault in _ALL
    if fault.act is not _heal_poison
]
FAULTS = [*_ALL, *_ON_POSTGRES]
