"""One dispatch in a plant, to a sink of its own: started, looked at, brought to its end."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kombu.exceptions import OperationalError
from redis import RedisError
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from mailer.db import reading, transaction
from mailer.deliveries import control
from mailer.deliveries.models import SENDING, Batch, Delivery, Dispatch
from mailer.deliveries.queries import Progress, dispatch_progress
from mailer.deliveries.start import start_dispatch
from mailer.deliveries.states import State
from mailer.jobs import SWEEP, get_celery
from mailer.lists.models import MailingList
from mailer.relays.changes import add_relay, remove_relay
from mailer.relays.queries import list_relays
from tests.lab.ledger import Line, read_lines
from tests.lab.plant import Plant
from tests.lab.processes import Process, python, wait_until
from tests.lab.readers import MARKS, Person, make_people

FINISH_SECONDS = 180.0  # several throttled dispatches share a plant, and slow each other
_MAKING = threading.Lock()  # people's numbers go on from those that are there


class Sink:
    """The recording server as a process, which may be killed and come back at the same address."""

    def __init__(self, folder: Path, name: str, options: list[str]) -> None:
        self.ledger = folder / f"{name}.ledger"
        self.options, self._folder, self._name = options, folder, name
        self._lines, self._read = 0, 0
        self.port = 0
        self.start()

    def start(self) -> None:
        command = ["-m", "tests.lab.sink", "--ledger", str(self.ledger), "--marks", MARKS]
        self.process = Process(
            self._name,
            python(*command, f"--port={self.port}", *self.options),
            os.environ | {"TMPDIR": str(self._folder)},
            self._folder,
        )
        self.process.start(talks=True)
        self.port = int(self.process.read_line())

    def add_rule(self, rule: str) -> None:
        self.process.ask(f"+{rule}")

    def clear_rules(self) -> None:
        self.process.ask("-")

    def count_open(self) -> int:
        """Return how many connections are open to it now."""
        return int(self.process.ask("")["open"])

    def count_lines(self) -> int:
        """Return the number of accepted mails so far; cheap, since it is asked all the time."""
        with self.ledger.open("rb") as file:
            file.seek(self._read)
            octets = file.read()
        self._read += len(octets)
        self._lines += octets.count(b"\n")
        return self._lines

    def list_lines(self) -> list[Line]:
        return list(read_lines(self.ledger))


class Sending:
    """A dispatch to `count` readers, and who they are."""

    def __init__(self, plant: Plant, count: int, *, options: list[str]) -> None:
        self.plant = plant
        now = datetime.now(UTC)
        with _MAKING, transaction() as session:
            self.house, self.people = make_people(session, count, now)
        self.sink = Sink(plant.folder, f"sink-{self.house.workspace.slug}", options)
        self.dispatch_id = 0
        self.opened = ExitStack()  # what else stands around this dispatch
        self.extra: dict[str, Any] = {}

    def relay_at(self, url: str) -> None:
        """Make this the only relay of the dispatch's workspace."""
        workspace_id = self.house.workspace.id
        with transaction() as session:
            for one in list_relays(session, workspace_id):
                remove_relay(session, workspace_id, one.name)
            session.flush()
            add_relay(session, workspace_id, "sink", url, now=datetime.now(UTC))

    def start(self) -> None:
        with transaction() as session:
            issue = session.merge(self.house.issue)
            lists = [session.get_one(MailingList, self.house.mailing_list.id)]
            self.dispatch_id = start_dispatch(session, issue, lists, actor="lab", now=datetime.now(UTC)).id

    def wait_for_share(self, share: float) -> None:
        """Wait until the sink has so many of the mails."""
        wanted = int(len(self.people) * share)
        if not wait_until(lambda: self.sink.count_lines() >= wanted, 60, every=0.002):
            raise TimeoutError(f"only {self.sink.count_lines()} of {wanted} mails came: {self.look()}")

    def look(self) -> Progress:
        with reading() as session:
            dispatch = session.get_one(Dispatch, self.dispatch_id)
            return dispatch_progress(session, dispatch, now=datetime.now(UTC))

    def wait_for_state(self, states: set[str], seconds: float = FINISH_SECONDS) -> str:
        """Wait until the dispatch has one of these states; what relays put off is tried at once, not in a minute."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.plant.mind()
            try:
                seen = self.look()
                if seen.state in states:
                    return seen.state
                if seen.state == SENDING and not seen.deliveries["planned"] + seen.deliveries["claimed"]:
                    self.hurry()
            except SQLAlchemyError:
                pass  # the database is away: that is what some faults are about
            time.sleep(0.1)
        return self.look().state

    def wait_until_unclaimed(self, seconds: float = 10) -> None:
        """Wait until workers have given back what they held: a person looks before letting a dispatch go on."""
        wait_until(lambda: not self.look().deliveries["claimed"], seconds, every=0.1)

    def hurry(self) -> None:
        """Move the next try of what was put off to now: the lab has no minute to wait."""
        now = datetime.now(UTC)
        with transaction() as session:
            batches = select(Batch.first_sequence, Batch.last_sequence).where(
                Batch.dispatch_id == self.dispatch_id, Batch.lease_until.is_(None), Batch.due_at > now
            )
            for first, last in session.execute(batches).all():
                for table, key in ((Delivery, Delivery.sequence), (Batch, Batch.first_sequence)):
                    session.execute(
                        update(table)
                        .where(table.dispatch_id == self.dispatch_id, key.between(first, last), table.due_at > now)
                        .values(due_at=now)
                        .execution_options(synchronize_session=False)
                    )
        wake()

    def control(self, act: Callable[..., None]) -> None:
        """Pause, resume or cancel as a person does."""
        with transaction() as session:
            act(session, session.get_one(Dispatch, self.dispatch_id), actor="lab", now=datetime.now(UTC))

    def resume(self) -> None:
        self.control(control.resume_dispatch)

    def count_states(self) -> dict[State, int]:
        """Count the deliveries themselves, not the sums of batches."""
        with reading() as session:
            rows = session.execute(
                select(Delivery.state, func.count())
                .where(Delivery.dispatch_id == self.dispatch_id)
                .group_by(Delivery.state)
            )
            return {State(state): count for state, count in rows.all()}

    def list_subscribers(self, state: State) -> set[int]:
        """Return the ids of the subscribers whose delivery has this state."""
        with reading() as session:
            wanted = select(Delivery.subscriber_id).where(
                Delivery.dispatch_id == self.dispatch_id, Delivery.state == state
            )
            return set(session.scalars(wanted))

    def person(self, number: int) -> Person:
        return self.people[number - 1]

    def close(self) -> None:
        self.opened.close()
        self.sink.process.kill()


def wake() -> None:
    """Ask for a sweep now instead of at the next stroke of beat; without a broker beat will see to it."""
    try:
        get_celery().send_task(SWEEP, retry=False, expires=5)
    except (OperationalError, RedisError, OSError):
        return
