"""The engine's side of the database: short transactions to claim, look and record; none is open during network I/O.

Everything here is synchronous and is called in a thread. Claims come back with their open journals.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from mailer import clock
from mailer.db import reading, transaction
from mailer.deliveries.claim import Claim, claim_batch
from mailer.deliveries.content import DispatchContent, load_content
from mailer.deliveries.models import SENDING
from mailer.deliveries.queries import dispatch_progress, find_dispatch
from mailer.deliveries.reasons import changed_since, skip_reasons
from mailer.deliveries.record import Result, hold_dispatch, record_results
from mailer.relays.address import RelayAddress
from mailer.relays.queries import choose_relay
from worker.engine.journal import Journal, worker_name

# A worker that could not look for so long sends nothing more: somebody may have left, and has five seconds at most.
TRUST_LOOK_SECONDS = 4.0


@dataclass(frozen=True)
class Work:
    """What a slice needs to know of its dispatch before it starts."""

    content: DispatchContent
    relay: RelayAddress
    recipients: int
    has_sent: bool  # the relay took a mail of this dispatch before


@dataclass(frozen=True)
class Glance:
    """What is asked every second: may the dispatch go on, and who may have left since."""

    is_sending: bool
    changed: frozenset[int]


def load_work(dispatch_id: int) -> Work | None:
    """Return the work of a dispatch that is sending, else None."""
    with reading() as session:
        dispatch = find_dispatch(session, dispatch_id)
        if dispatch is None or dispatch.state != SENDING:
            return None
        relay = choose_relay(session, dispatch.workspace_id)
        progress = dispatch_progress(session, dispatch, now=clock.now())
        has_sent = progress.deliveries["sent"] > 0
        return Work(load_content(session, dispatch_id), relay, progress.recipients, has_sent)


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


def glance(dispatch_id: int, since: datetime) -> Glance:
    with reading() as session:
        dispatch = find_dispatch(session, dispatch_id)
        is_sending = dispatch is not None and dispatch.state == SENDING
        return Glance(is_sending, frozenset(changed_since(session, dispatch_id, since)))


def find_skip_reason(dispatch_id: int, subscriber_id: int) -> str:
    """Return why a reader must not be mailed any more, or nothing."""
    with reading() as session:
        return skip_reasons(session, dispatch_id, [subscriber_id], clock.now()).get(subscriber_id, "")


def record(claimed: Claim, results: Sequence[Result], *, done: bool) -> bool:
    with transaction() as session:
        return record_results(session, claimed, results, now=clock.now(), done=done)


def hold(dispatch_id: int, reason: str, detail: str) -> None:
    with transaction() as session:
        hold_dispatch(session, dispatch_id, reason, detail)
