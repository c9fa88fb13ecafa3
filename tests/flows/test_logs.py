"""What a whole sending with every kind of failure leaves in the logs of real processes: ids, and nobody's address (N4).

The worker is one of several processes, as in production, so that its metrics are looked at on the way.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from mailer import clock
from mailer.cli.broker import broker_command
from mailer.cli.parts import web_command
from mailer.db import reading, transaction
from mailer.deliveries.models import DISPATCH_STATES, SENDING
from mailer.deliveries.queries import dispatch_progress, find_dispatch
from mailer.deliveries.start import start_dispatch
from mailer.jobs import SWEEP, get_celery, is_broker_reachable
from mailer.migrations import upgrade
from mailer.models import Base
from mailer.subscribers.models import Subscriber
from mailer.tokens import Purpose, sign
from tests.conftest import forget_settings
from tests.factories.newsletters import make_house
from tests.factories.subscribers import make_readers
from tests.lab.script import CUT
from tests.lab.sink import SmtpServer

pytestmark = [pytest.mark.slow, pytest.mark.sqlite_only, pytest.mark.timeout(180)]

READERS = 30
PURPOSES: tuple[Purpose, ...] = ("leave", "manage")
POISON = "poison\n@example.org"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(is_true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def get(port: int, path: str) -> tuple[int, str]:
    """Return status and body; 0 while nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def misbehave(to: str) -> str | None:
    """Answer as bad relays do, with the address in the reply."""
    number = int("".join(filter(str.isdigit, to)) or 0)
    replies = {2: f"550 5.1.1 <{to}>: no such user", 3: f"450 4.2.1 <{to}> is busy, ask {to}", 4: CUT}
    time.sleep(0.1)
    return replies.get(number, f"999 what is {to}" if number == 5 else None)


@pytest.fixture
def schema(engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    upgrade()


def scan(text: str, secrets: list[str]) -> None:
    assert not [word for word in secrets if word in text]
    assert "example.org" not in text.replace("sink.example.org", "")


@pytest.mark.usefixtures("schema")
def test_a_worker_that_meets_every_failure_names_nobody(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, log = free_port(), tmp_path / "worker.log"
    with SmtpServer({"rcpt": misbehave}) as relay, running(broker_command(), tmp_path / "broker.log"):
        monkeypatch.setenv("MAILER_SMTP_URL", relay.url)
        monkeypatch.setenv("MAILER_METRICS_PORT", str(port))
        forget_settings()
        wait_for(is_broker_reachable)
        with running([sys.executable, "-m", "mailer", "worker"], log) as worker:
            wait_for(lambda: get(port, "/metrics")[0] == 200)
            dispatch_id = _start(log)
            wait_for(lambda: len(relay.mails) > 3)
            _lose_the_database(log)
            get_celery().send_task("mailer.help_with_dispatch", args=["reader1@example.org"])  # a forged job
            wait_for(lambda: _is_quiet(dispatch_id))
            metrics = get(port, "/metrics")[1]
            assert worker.poll() is None
    written = log.read_text()
    assert "Traceback" in written
    assert f"dispatch={dispatch_id}" in written or f"dispatch {dispatch_id}" in written
    assert "hidden" in written or "no such table" in written
    assert "cannot_be_made" in _reasons(dispatch_id)
    scan(written, _list_tokens(dispatch_id))
    assert "mailer_database_up 1.0" in metrics
    assert sum(f'mailer_dispatches{{state="{state}"}}' in metrics for state in DISPATCH_STATES) == len(DISPATCH_STATES)
    scan(metrics, [])


@pytest.mark.usefixtures("schema")
def test_a_web_server_that_breaks_names_nobody_even_with_an_access_log(engine: Engine, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "web.log"
    with transaction() as session:
        house = make_house(session)
        (reader,) = make_readers(session, house.mailing_list, 1)
        token = sign("manage", reader.id, 1, reader.link_generation)
    command = [part for part in web_command(port=port) if part not in {"--no-access-log", "--log-level=warning"}]
    with running([*command, "--log-level=info"], log):
        wait_for(lambda: get(port, "/healthz")[0] in {200, 503})
        with engine.begin() as connection:
            # SQLAlchemy quotes what it cannot read as a time: an address comes into a traceback.
            connection.execute(text("UPDATE newsletters SET created_at = 'reader1@example.org'"))
        assert get(port, "/n/viken/")[0] == 500
        assert get(port, f"/m/{token}")[0] in {404, 500}
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE newsletters RENAME TO hidden"))
        assert get(port, "/n/viken/")[0] == 503
    written = log.read_text()
    assert "Traceback" in written
    assert "[address]" in written
    assert "/m/[token]" in written
    assert "the database is away" in written
    scan(written, [token])


def _start(log: Path) -> int:
    with transaction() as session:
        house = make_house(session)
        readers = make_readers(session, house.mailing_list, READERS)
        readers[5].address = POISON
        dispatch_id = start_dispatch(session, house.issue, [house.mailing_list], actor="test", now=clock.now()).id
    assert log.exists()
    return dispatch_id


def _list_tokens(dispatch_id: int) -> list[str]:
    with reading() as session:
        readers = session.execute(select(Subscriber.id, Subscriber.link_generation)).all()
    return [sign(purpose, number, dispatch_id, generation) for number, generation in readers for purpose in PURPOSES]


def _reasons(dispatch_id: int) -> dict[str, int]:
    with reading() as session:
        dispatch = find_dispatch(session, dispatch_id)
        assert dispatch
        return dispatch_progress(session, dispatch, now=clock.now()).reasons["held"]


def _lose_the_database(log: Path) -> None:
    with transaction() as session:
        session.execute(text("ALTER TABLE deliveries RENAME TO hidden"))
    wait_for(lambda: "hidden" in log.read_text() or "no such table" in log.read_text(), 20)
    with transaction() as session:
        session.execute(text("ALTER TABLE hidden RENAME TO deliveries"))


def _is_quiet(dispatch_id: int) -> bool:
    """Tell whether everybody has been tried, and the poison parked."""
    get_celery().send_task(SWEEP)
    time.sleep(0.5)
    with transaction() as session:
        dispatch = find_dispatch(session, dispatch_id)
        assert dispatch
        deliveries = dispatch_progress(session, dispatch, now=clock.now()).deliveries
        return dispatch.state != SENDING or deliveries["planned"] + deliveries["claimed"] == 0
