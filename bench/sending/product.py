"""Sending an issue as an editor does: a house with N readers, a dispatch of a 40 KB issue, its end, its pause."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.sending.processes import BenchError
from bench.sending.sink import Sink
from mailer.db import reading, transaction
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import Variant, load_content
from mailer.deliveries.control import cancel_dispatch, pause_dispatch
from mailer.deliveries.models import FINISHED, SENDING
from mailer.deliveries.personalise import Personaliser
from mailer.deliveries.queries import dispatch_progress, get_dispatch
from mailer.deliveries.start import start_dispatch
from mailer.issues.models import Issue
from mailer.jobs import ask_for_help
from mailer.lists.models import MailingList
from tests.factories.crowd import fill_list
from tests.factories.newsletters import House, make_house, make_issue

_TEXT = "<p>" + "Föreningen Viken bygger en brygga, lagar ett tak och bjuder in till samtal om bygden. " * 20 + "</p>"
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 30  # without a further mail; a relay that cannot be reached is tried again and again
_SETTLED_SECONDS = 2.5  # a worker that has not stopped by then has not seen the pause


@dataclass(frozen=True)
class Sent:
    """A finished dispatch. `seconds` by the product's own clock, progress in the fastest of its readings."""

    dispatch_id: int
    freeze_seconds: float
    seconds: float
    progress_ms: float


def make_readers_and_issue(recipients: int) -> House:
    """Make a newsletter whose list has so many readers; its issue 2026:1 has 40 KB of HTML."""
    with transaction() as session:
        house = make_house(session, blocks=_blocks())
        fill_list(session, house.mailing_list, recipients)
    return house


def send(house: House, number: str, mailing_list: MailingList, *, wakes: int) -> tuple[int, float]:
    """Start a dispatch of a new issue; return its id and the seconds that took. `wakes` workers are called."""
    now = datetime.now(UTC)
    with transaction() as session:
        issue = make_issue(session, house.newsletter, number, blocks=_blocks())
    started = time.perf_counter()
    with transaction() as session:
        issue = session.get_one(Issue, issue.id)
        dispatch_id = start_dispatch(session, issue, [mailing_list], actor="bench", now=now).id
    seconds = time.perf_counter() - started
    for _ in range(wakes - 1):  # in production the sweeps of the beat call the others, one every five seconds
        ask_for_help(dispatch_id)
    return dispatch_id, seconds


def wait_until_sent(house: House, dispatch_id: int, recipients: int, freeze_seconds: float) -> Sent:
    """Look rarely until the dispatch has ended; BenchError unless everybody got the mail."""
    fastest, done, changed = float("inf"), -1, time.monotonic()
    while True:
        time.sleep(_LOOK_SECONDS)
        with reading() as session:
            dispatch = get_dispatch(session, house.workspace.id, dispatch_id)
            started = time.perf_counter()
            progress = dispatch_progress(session, dispatch, now=datetime.now(UTC))
            fastest = min(fastest, time.perf_counter() - started)
            begun, ended = dispatch.started_at, dispatch.finished_at
        if progress.done != done:
            done, changed = progress.done, time.monotonic()
        if progress.state != SENDING or time.monotonic() - changed > _PATIENCE_SECONDS:
            break
    sent = progress.deliveries["sent"]
    if progress.state != FINISHED or sent != recipients or ended is None:
        raise BenchError(
            f"{sent} of {recipients} mails were sent and the dispatch is {progress.state}: "
            f"{progress.hold_reason} {progress.hold_detail}".rstrip(" :")
        )
    seconds = (ended - begun).total_seconds() - freeze_seconds
    return Sent(dispatch_id, freeze_seconds, seconds, fastest * 1000)


def measure_pause(house: House, dispatch_id: int, sink: Sink) -> float | None:
    """Pause a dispatch as soon as mails come; return the seconds until the last one came. None: it was over before."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while sink.ask().count == 0:
        if time.monotonic() > deadline:
            raise BenchError("The dispatch that was to be paused did not begin.")
        time.sleep(0.02)
    with transaction() as session:
        dispatch = get_dispatch(session, house.workspace.id, dispatch_id)
        if dispatch.state != SENDING:
            return None
        pause_dispatch(session, dispatch, actor="bench", now=datetime.now(UTC))
    paused, last, count = time.monotonic(), 0.0, -1
    while (seconds := time.monotonic() - paused) < _SETTLED_SECONDS:
        if (now := sink.ask().count) != count:
            count, last = now, seconds
        time.sleep(0.02)
    with transaction() as session:
        dispatch = get_dispatch(session, house.workspace.id, dispatch_id)
        planned = dispatch_progress(session, dispatch, now=datetime.now(UTC)).deliveries["planned"]
        cancel_dispatch(session, dispatch, actor="bench", now=datetime.now(UTC))
    return last if planned else None


def make_mail(dispatch_id: int) -> tuple[bytes, Variant]:
    """Return the octets of a mail of a dispatch, and what they are made of."""
    with reading() as session:
        content = load_content(session, dispatch_id)
    (via,), (variant,) = content.list_slugs, content.variants.values()
    reader = Reader(1, 1, "reader1@example.org", "Åsa Läsare 1", "Viken", 0, via, 0)
    return Personaliser(content).make(reader, datetime.now(UTC)).octets, variant


def _blocks() -> list[dict[str, object]]:
    greeting = {"id": "hello", "type": "greeting", "v": 1, "data": {"template": "Hej {{fornamn|läsare}}!"}}
    texts = [
        {"id": f"b{n}", "type": "text", "v": 1, "data": {"heading": f"Rubrik {n}", "body": _TEXT}} for n in range(14)
    ]
    return [greeting, *texts]
