"""The engine's side of the database: short transactions to claim, look and record; none is open during network I/O.

Everything here is synchronous and is called in a thread. Claims come back with their open journals.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mailer import clock, metrics
from mailer.config import get_settings
from mailer.db import reading, transaction
from mailer.deliveries.claim import Claim, claim_batch
from mailer.deliveries.content import DispatchContent, load_content
from mailer.deliveries.holding import hold_dispatch
from mailer.deliveries.models import SENDING
from mailer.deliveries.queries import dispatch_progress, find_dispatch
from mailer.deliveries.reasons import changed_since, skip_reasons
from mailer.deliveries.record import record_late_result, record_results
from mailer.deliveries.times import add_times
from mailer.deliveries.writing import Result
from mailer.log import ids
from mailer.relays import troubles
from mailer.relays.queries import list_usable_relays
from mailer.relays.quotas import Quota, quota_of
from mailer.relays.slow_start import key_of_sender, note_sender, slow_start_quota
from mailer.relays.terms import RelayOption
from worker.engine.journal import Journal, worker_name
from worker.engine.stages import Stages

log = logging.getLogger(__name__)

# A worker that could not look for so long sends nothing more: somebody may have left, and has five seconds at most.
TRUST_LOOK_SECONDS = 4.0


@dataclass(frozen=True)
class Work:
    """What a slice needs to know of its dispatch before it starts."""

    content: DispatchContent
    relays: tuple[RelayOption, ...]
    sender_key: str
    quotas: Mapping[str, Quota | None]  # of the relays and the sender's domain, by key
    recipients: int
    has_sent: bool  # the relay took a mail of this dispatch before


@dataclass(frozen=True)
class Glance:
    """What is asked every second: may the dispatch go on, and who may have left since."""

    is_sending: bool
    changed: frozenset[int]


def load_work(dispatch_id: int) -> Work | None:
    """Return the work of a dispatch that is sending, else None. Without any relay it is held for a person."""
    now = clock.now()
    with reading() as session:
        dispatch = find_dispatch(session, dispatch_id)
        if dispatch is None or dispatch.state != SENDING:
            return None
        relays = list_usable_relays(session, dispatch.workspace_id)
        progress = dispatch_progress(session, dispatch, now=now)
        content = load_content(session, dispatch_id)
    if not relays:
        hold(dispatch_id, "no_relay", "")
        return None
    domain = content.sender_email.rpartition("@")[2].lower()
    sender = key_of_sender(domain)
    quotas = {**{one.key: quota_of(one) for one in relays}, sender: _quota_of_sender(domain, now)}
    return Work(content, relays, sender, quotas, progress.recipients, progress.deliveries["sent"] > 0)


def _quota_of_sender(domain: str, now: datetime) -> Quota | None:
    with transaction() as session:
        first = note_sender(session, domain, now.date())
    return slow_start_quota(domain, first, now.date(), get_settings().slow_start_per_day)


def claim(dispatch_id: int) -> tuple[Claim, Journal] | None:
    """Claim a batch; its journal exists and is locked before anybody else can see the claim.

    When the claim cannot be committed, as on a full disk, the journal is let go again: its lock would bar everybody
    else from the batch for as long as this process lives.
    """
    with ExitStack() as on_failure:
        with transaction() as session:
            claimed = claim_batch(session, dispatch_id, worker_name(), clock.now())
            if claimed is None:
                return None
            journal = Journal(claimed)
            on_failure.callback(journal.close)
        on_failure.pop_all()
        return claimed, journal


def is_sending(dispatch_id: int) -> bool:
    """Tell whether a dispatch may go on, as far as the database says now."""
    with reading() as session:
        return _is_sending(session, dispatch_id)


def _is_sending(session: Session, dispatch_id: int) -> bool:
    dispatch = find_dispatch(session, dispatch_id)
    return dispatch is not None and dispatch.state == SENDING


def glance(dispatch_id: int, since: datetime) -> Glance:
    with reading() as session:
        return Glance(_is_sending(session, dispatch_id), frozenset(changed_since(session, dispatch_id, since)))


def find_skip_reason(dispatch_id: int, subscriber_id: int) -> str:
    """Return why a reader must not be mailed any more, or nothing."""
    with reading() as session:
        return skip_reasons(session, dispatch_id, [subscriber_id], clock.now()).get(subscriber_id, "")


def record(claimed: Claim, results: Sequence[Result], *, done: bool) -> bool:
    with transaction() as session:
        return record_results(session, claimed, results, now=clock.now(), done=done)


def record_late(dispatch_id: int, result: Result) -> None:
    """Record an answer that came when its batch had been given back."""
    with transaction() as session:
        record_late_result(session, dispatch_id, result, now=clock.now())


def hold(dispatch_id: int, reason: str, detail: str) -> None:
    with transaction() as session:
        hold_dispatch(session, dispatch_id, reason, detail)


def note_trouble(relay_key: str, detail: str) -> None:
    """Remember why a relay could not be used; the database may be away, and the log has it, too."""
    try:
        with transaction() as session:
            troubles.note_trouble(session, relay_key, detail, clock.now())
    except SQLAlchemyError as error:
        log.warning("a relay's trouble could not be stored", extra=ids(error=error))


def tell_times(dispatch_id: int, stages: Stages) -> None:
    """Add where a slice's time went to the dispatch's sums and the metrics; the database may be away."""
    taken = stages.take()
    try:
        with transaction() as session:
            add_times(session, dispatch_id, taken.spent)
        metrics.count_work(taken.spent, taken.mails)
    except SQLAlchemyError as error:
        stages.put_back(taken.spent)
        metrics.count_work({}, taken.mails)
        log.warning("the times of a slice could not be stored yet", extra=ids(dispatch=dispatch_id, error=error))
