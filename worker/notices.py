"""Sends the service's own mail: claims what is due, hands each to a relay, records what became of it."""

import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mailer import clock
from mailer.db import reading, transaction
from mailer.deliveries.personalise import Mail
from mailer.log import ids
from mailer.newsletters.models import Newsletter
from mailer.notices.compose import compose_notice
from mailer.notices.models import Notice
from mailer.notices.queue import claim_notices, note_failed, note_sent, put_off
from mailer.notices.sender import Sender, newsletter_sender, workspace_sender
from mailer.relays.queries import list_usable_relays
from mailer.relays.terms import RelayOption
from mailer.subscribers.link_requests import look_at_link_requests
from mailer.subscribers.models import JoinRequest
from mailer.subscribers.requests import look_at_asked, refuse
from mailer.workspaces.models import Workspace
from worker.engine.outcome import Answer, Fate, judge
from worker.engine.pace import retry_delay

log = logging.getLogger(__name__)

Deliver = Callable[[tuple[RelayOption, ...], Mail], Answer]


def send_due_notices(deliver: Deliver) -> int:
    """Send what is due until nothing is; return how many were tried."""
    tried = 0
    while claimed := _claim():
        for notice in claimed:
            _send(notice, deliver)
        tried += len(claimed)
    return tried


def look_at_requests() -> None:
    """Decide about what pages took in without looking: who wants to join, who wants a link."""
    for look in (look_at_asked, look_at_link_requests):
        looked = 1
        while looked:
            with transaction() as session:
                looked = look(session, clock.now())


def give_up(session: Session, kind: str, values: Mapping[str, Any], now: datetime) -> None:
    """Take back what hung on a mail that will never arrive: nobody can confirm from a mailbox that is not there."""
    if kind == "confirm_join" and (request := session.get(JoinRequest, values["request"])):
        refuse(session, request, now=now)


def _claim() -> list[Notice]:
    with transaction() as session:
        return claim_notices(session, clock.now())


def _send(notice: Notice, deliver: Deliver) -> None:
    """Compose, deliver and record one notice. What cannot be composed is a mistake of ours: it fails and is logged."""
    try:
        with reading() as session:
            relays = list_usable_relays(session, notice.workspace_id)
            composed = compose_notice(_get_sender(session, notice), notice, now=clock.now())
    except Exception:
        log.exception("a notice cannot be composed", extra=ids(workspace=notice.workspace_id))
        with transaction() as session:
            note_failed(session, notice, "not_composed", clock.now())
        return
    mail = Mail(composed.return_path, composed.recipient, [composed.octets], len(composed.octets))
    _record(notice, deliver(relays, mail), clock.now())


def _get_sender(session: Session, notice: Notice) -> Sender:
    if notice.newsletter_id is None:
        return workspace_sender(session.get_one(Workspace, notice.workspace_id))
    return newsletter_sender(session.get_one(Newsletter, notice.newsletter_id))


def _record(notice: Notice, answer: Answer, now: datetime) -> None:
    verdict = judge(answer)
    with transaction() as session:
        if verdict.fate is Fate.SENT:
            note_sent(session, notice, now)
        elif verdict.fate is Fate.FAILED:
            give_up(session, notice.kind, notice.values, now)
            note_failed(session, notice, verdict.reason, now)
        else:
            delay = retry_delay(notice.attempt, random.random())  # noqa: S311 - spreads load
            put_off(session, notice, verdict.reason, now + delay)
    if verdict.fate is not Fate.SENT:
        log.info(
            "a notice was not taken: %s", verdict.reason, extra=ids(workspace=notice.workspace_id, code=answer.code)
        )
