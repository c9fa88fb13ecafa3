"""Thin tasks: ids in, no results out. Each may run twice or never without harm, since rows decide what is done."""

import logging

from celery import Celery

from mailer import clock
from mailer.config import get_settings
from mailer.db import reading, transaction
from mailer.deliveries.claim import list_due_dispatches
from mailer.deliveries.finishing import end_cancelled
from mailer.deliveries.recover import take_back_abandoned
from mailer.jobs import FORGET, HELP_WITH_DISPATCH, SEND_NOTICES, SWEEP, ask_for_help, ask_for_notices
from mailer.log import ids
from mailer.notices.queue import has_due_notices
from mailer.retention import forget_batch, list_rules
from mailer.subscribers.link_requests import has_link_requests
from mailer.subscribers.managing import end_pauses
from mailer.subscribers.requests import has_asked
from worker.engine.journal import forget, read_marks
from worker.engine.process import get_engine
from worker.notices import look_at_requests, send_due_notices

log = logging.getLogger(__name__)

# Far below the broker's visibility timeout, so that a slice is never handed out twice.
SLICE_SECONDS = 15


def help_with_dispatch(dispatch_id: int) -> None:
    """Send for one slice; ask for another one when there is more to do."""
    if get_engine().help_with(dispatch_id, SLICE_SECONDS):
        ask_for_help(dispatch_id)


def sweep() -> None:
    """Take back what dead workers held, and wake workers for all that is due: dispatches, and our own mail."""
    now = clock.now()
    with transaction() as session:
        settled = take_back_abandoned(session, read_marks, now=now)
        end_cancelled(session, now)
    for lease in settled:
        forget(lease)
        log.info(
            "took back what a dead worker held",
            extra=ids(dispatch=lease.dispatch_id, batch=lease.first_sequence, worker=lease.worker),
        )
    with reading() as session:
        due = list_due_dispatches(session, now)
        has_notices = has_due_notices(session, now) or has_asked(session) or has_link_requests(session)
    for dispatch_id in due:
        ask_for_help(dispatch_id)
    if has_notices:
        ask_for_notices()


def send_notices() -> None:
    """Look at what strangers asked for, and send the service's own mail that is due."""
    look_at_requests()
    send_due_notices(get_engine().deliver_single)


def forget_old() -> None:
    """Forget what has been kept for its time, end pauses that are over, and log how much it was."""
    now = clock.now()
    for rule in list_rules(get_settings()):
        forgotten, gone = 0, 1
        while gone:
            with transaction() as session:
                gone = forget_batch(session, rule, now)
            forgotten += gone
        if forgotten:
            log.info("forgot %d of: %s", forgotten, rule.name)
    with transaction() as session:
        end_pauses(session, now)


def register(app: Celery) -> None:
    """Give the tasks their names in `mailer.jobs`."""
    app.task(help_with_dispatch, name=HELP_WITH_DISPATCH)
    app.task(sweep, name=SWEEP)
    app.task(send_notices, name=SEND_NOTICES)
    app.task(forget_old, name=FORGET)
