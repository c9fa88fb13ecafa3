"""An engine of its own for each test, sending to a real server on loopback."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine as Database

from mailer import clock
from mailer.db import transaction
from mailer.deliveries.queries import Progress, dispatch_progress, find_dispatch
from mailer.deliveries.start import plan_dispatch
from tests.conftest import forget_settings
from tests.factories.newsletters import House, make_house
from tests.factories.subscribers import make_readers
from tests.lab.script import Script
from tests.lab.sink import SmtpServer
from worker.engine.process import Engine

Send = Callable[..., tuple[int, SmtpServer]]


@pytest.fixture
def sending_engine(engine: Database) -> Iterator[Engine]:
    one = Engine()
    yield one
    one.close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Script], SmtpServer]]:
    """Start scripted relays and make the newest one the relay of the settings."""
    running: list[SmtpServer] = []

    def start(script: Script) -> SmtpServer:
        server = SmtpServer(script)
        server.__enter__()
        running.append(server)
        monkeypatch.setenv("MAILER_SMTP_URL", server.url)
        forget_settings()
        return server

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture
def house(engine: Database) -> House:
    with transaction(engine) as session:
        return make_house(session)


def plan(house: House, readers: int) -> int:
    """Give the house readers and plan the dispatch of its issue; return the dispatch's id."""
    with transaction() as session:
        make_readers(session, house.mailing_list, readers)
        return plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=clock.now()).id


def progress(dispatch_id: int) -> Progress:
    with transaction() as session:
        dispatch = find_dispatch(session, dispatch_id)
        assert dispatch
        return dispatch_progress(session, dispatch, now=datetime.now(UTC))
