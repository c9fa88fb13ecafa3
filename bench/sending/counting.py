"""Counts that no noise can move: round trips and SQL statements of a small dispatch, sent inside this process."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert, literal, select

from bench.sending.processes import BenchError
from bench.sending.sink import run_sink
from mailer.db import get_engine, transaction
from mailer.deliveries.queries import get_dispatch
from mailer.deliveries.start import plan_dispatch
from mailer.lists.queries import create_list
from mailer.subscribers.models import Subscription
from tests.factories.newsletters import NOON, House, make_issue
from worker.engine.process import Engine

_MAILS = 1000
_SLICE_SECONDS = 60


@dataclass(frozen=True)
class Counts:
    round_trips_per_mail: float
    statements_per_500: float


class _Turns:
    """A relay in front of the relay that counts how often the client speaks again after the server spoke."""

    def __init__(self, port: int, target: int) -> None:
        self.count = 0
        self._port, self._target = port, target

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._pass_on, "127.0.0.1", self._port)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        has_spoken = False

        async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_client: bool) -> None:
            nonlocal has_spoken
            with contextlib.suppress(OSError):
                while octets := await source.read(1 << 18):
                    self.count += is_client and has_spoken
                    has_spoken = not is_client
                    target.write(octets)
                    await target.drain()
            target.close()

        await asyncio.gather(
            carry(reader, server_writer, is_client=True), carry(server_reader, writer, is_client=False)
        )


def count_trips_and_statements(house: House, folder: Path, port: int, recipients: int) -> Counts:
    """Send an issue to some readers through a counting relay on `port`, which must be that of the settings."""
    mails = min(recipients, _MAILS)
    dispatch_id = _plan(house, mails)
    with run_sink(folder) as sink, _counting_turns(port, sink.port) as turns, _counting_statements() as statements:
        engine = Engine()
        engine.help_with(dispatch_id, _SLICE_SECONDS)
        count = len(statements)
        engine.close()
        taken = sink.ask().count
    with transaction() as session:
        state = get_dispatch(session, house.workspace.id, dispatch_id).state
    if taken != mails:
        raise BenchError(f"While counting, {taken} of {mails} mails were sent, and the dispatch is {state}.")
    return Counts(turns.count / mails, count / mails * 500)


def _plan(house: House, mails: int) -> int:
    with transaction() as session:
        few = create_list(session, house.workspace.id, "some", "Some", now=NOON)
        names = ["subscriber_id", "state", "started_at", "ended_reason"]
        columns = [getattr(Subscription, name) for name in names]
        everybody = select(literal(few.id), *columns).where(Subscription.list_id == house.mailing_list.id)
        some = everybody.order_by(Subscription.subscriber_id).limit(mails)
        session.execute(insert(Subscription).from_select(["list_id", *names], some))
        issue = make_issue(session, house.newsletter, "2028:1")
        return plan_dispatch(session, issue, [few], actor="bench", now=datetime.now(UTC)).id


@contextlib.contextmanager
def _counting_turns(port: int, target: int) -> Iterator[_Turns]:
    turns, loop = _Turns(port, target), asyncio.new_event_loop()
    server = loop.run_until_complete(turns.serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield turns
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@contextlib.contextmanager
def _counting_statements() -> Iterator[list[str]]:
    """Yield a list that gets every statement but BEGIN, which only one of our databases sends as one."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(get_engine(), "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(get_engine(), "before_cursor_execute", note)
