"""Several relays, rates, quotas and relays that are away, seen from the relays and from the rows."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from mailer.db import transaction
from mailer.deliveries.times import read_times
from mailer.subscribers.models import Subscriber
from tests.conftest import forget_settings
from tests.factories.newsletters import House
from tests.lab.script import Script
from tests.lab.sink import SmtpServer
from tests.worker.conftest import plan, progress
from worker.engine.process import Engine

Begin = Callable[..., Engine]


@pytest.fixture
def begin(engine: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Start an engine with settings of its own."""
    running: list[Engine] = []

    def start(smtp_url: str, **settings: str) -> Engine:
        monkeypatch.setenv("MAILER_SMTP_URL", smtp_url)
        for name, value in settings.items():
            monkeypatch.setenv(f"MAILER_{name.upper()}", value)
        forget_settings()
        running.append(Engine())
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def relays() -> Iterator[Callable[[Script], SmtpServer]]:
    running: list[SmtpServer] = []

    def start(script: Script) -> SmtpServer:
        running.append(SmtpServer(script).__enter__())
        return running[-1]

    yield start
    for server in running:
        server.__exit__()


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def move_to_domain(domain: str, share: int) -> None:
    """Give every `share`-th reader an address at `domain`."""
    with transaction() as session:
        for one in session.scalars(select(Subscriber)):
            if one.id % share == 0:
                one.address = f"reader{one.id}@{domain}"


def domains(server: SmtpServer) -> Counter[str]:
    return Counter(mail.recipient.partition("@")[2] for mail in server.mails)


def test_relays_share_the_work_by_weight_and_a_standby_stands_by(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    first, second, standby = relays({}), relays({}), relays({})
    urls = f"{first.url}&connections=2 {second.url}&connections=2 {standby.url}&weight=0"
    dispatch_id = plan(house, 2000)  # not over before the second relay has greeted
    begin(urls).help_with(dispatch_id, 20)
    assert progress(dispatch_id).state == "finished"
    assert first.mails
    assert second.mails
    assert not standby.mails
    assert max(one.ledger.connections for one in (first, second)) <= 2
    assert len({mail.recipient for one in (first, second) for mail in one.mails}) == 2000


@pytest.mark.parametrize("greeting", [None, "554 5.7.1 not you"])
def test_a_relay_that_is_down_or_refuses_us_is_replaced(
    greeting: str | None, house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    bad = f"smtp://127.0.0.1:{dead_port()}" if greeting is None else relays({"greeting": lambda _: greeting}).url
    standby = relays({})
    dispatch_id = plan(house, 60)
    begin(f"{bad} {standby.url}&weight=0").help_with(dispatch_id, 20)
    assert progress(dispatch_id).state == "finished"
    assert len(standby.mails) == 60


def test_a_dispatch_whose_relay_is_dead_gives_way_within_seconds_and_then_at_once(house: House, begin: Begin) -> None:
    dispatch_id = plan(house, 20)
    engine = begin(f"smtp://127.0.0.1:{dead_port()}")
    began = time.monotonic()
    assert not engine.help_with(dispatch_id, 15)
    assert time.monotonic() - began < 10
    began = time.monotonic()
    assert not engine.help_with(dispatch_id, 15)
    assert time.monotonic() - began < 1
    assert progress(dispatch_id).deliveries["planned"] == 20
    assert progress(dispatch_id).state == "sending"


def test_a_relay_that_does_not_pick_up_holds_up_no_slice(house: House, begin: Begin) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:  # accepts, and never greets
        dispatch_id = plan(house, 20)
        engine = begin(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        engine.help_with(dispatch_id, 15)
        assert time.monotonic() - began < 14
        began = time.monotonic()
        engine.help_with(dispatch_id, 15)
        assert time.monotonic() - began < 1


def test_a_domain_with_a_rate_waits_and_the_others_do_not(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    server = relays({})
    dispatch_id = plan(house, 300)
    move_to_domain("slow.example", 10)
    engine = begin(server.url, domain_rates="slow.example=4/s", rate_shares="1")
    engine.help_with(dispatch_id, 3)
    assert domains(server)["example.org"] == 270
    assert 4 <= domains(server)["slow.example"] <= 20
    with transaction() as session:
        assert read_times(session, dispatch_id)["limited"][0] > 0.5
    while engine.help_with(dispatch_id, 15):
        pass
    assert progress(dispatch_id).state == "finished"
    assert len({mail.recipient for mail in server.mails}) == len(server.mails) == 300


def test_a_domain_that_says_too_fast_is_slowed_alone(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    busy = "451 4.7.28 too many mails from you"
    server = relays({"rcpt": lambda to: busy if to.endswith("busy.example") else None})
    dispatch_id = plan(house, 300)
    move_to_domain("busy.example", 3)
    began = time.monotonic()
    begin(server.url).help_with(dispatch_id, 8)
    assert domains(server)["example.org"] == 200
    assert progress(dispatch_id).deliveries["failed"] == 0
    tried = sum(line.startswith("RCPT") and "busy.example" in line for line in server.ledger.commands)
    assert tried < 100
    assert time.monotonic() - began < 15


def test_a_quota_ends_the_slice_and_nothing_is_tried_until_there_is_more(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    server = relays({})
    dispatch_id = plan(house, 60)
    engine = begin(f"{server.url}&per_day=25")
    assert not engine.help_with(dispatch_id, 10)
    began = time.monotonic()
    assert not engine.help_with(dispatch_id, 10)
    assert time.monotonic() - began < 1
    assert len(server.mails) == 25
    assert progress(dispatch_id).deliveries["planned"] == 35


def test_a_new_sender_domain_starts_slowly(house: House, relays: Callable[[Script], SmtpServer], begin: Begin) -> None:
    server = relays({})
    dispatch_id = plan(house, 30)
    begin(server.url, slow_start_per_day="10").help_with(dispatch_id, 10)
    assert len(server.mails) == 10


def test_a_rate_that_everybody_waits_for_is_kept_and_reached(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    server = relays({})
    dispatch_id = plan(house, 1500)
    engine = begin(f"{server.url}&per_second=100", rate_shares="1")
    used = time.process_time()
    engine.help_with(dispatch_id, 4)
    assert 250 <= len(server.mails) <= 600
    assert time.process_time() - used < 3
    assert progress(dispatch_id).deliveries["claimed"] == 0


def test_a_quota_of_one_relay_keeps_nobody_from_another(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    first, second = relays({}), relays({})
    dispatch_id = plan(house, 400)
    begin(f"{first.url}&per_hour=40 {second.url}").help_with(dispatch_id, 15)
    assert progress(dispatch_id).state == "finished"
    assert len(first.mails) <= 40
    assert len(first.mails) + len(second.mails) == 400


def test_a_silent_answer_ends_no_slice_late_and_is_heard_when_it_comes(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    def think(to: str) -> None:
        if to == "reader7@example.org":
            late.wait(20)

    late = threading.Event()
    server = relays({"dot": think})
    dispatch_id = plan(house, 20)
    engine = begin(server.url)
    began = time.monotonic()
    engine.help_with(dispatch_id, 2)
    assert time.monotonic() - began < 9
    assert progress(dispatch_id).deliveries["claimed"] == 0
    late.set()
    for _ in range(100):
        engine.help_with(dispatch_id, 5)
        if progress(dispatch_id).state == "finished":
            break
        time.sleep(0.1)
    assert progress(dispatch_id).deliveries["sent"] == 20
    assert Counter(mail.recipient for mail in server.mails)["reader7@example.org"] == 1


def test_a_relay_that_cannot_be_trusted_holds_the_dispatch(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    server = relays({})
    dispatch_id = plan(house, 20)
    engine = begin(server.url.replace("starttls=off", "starttls=required"))
    deadline = time.monotonic() + 80
    while progress(dispatch_id).state == "sending" and time.monotonic() < deadline:
        engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).state == "held"
    assert not server.mails


def test_fewer_connections_than_servers_are_enough_slice_after_slice(
    house: House, relays: Callable[[Script], SmtpServer], begin: Begin
) -> None:
    def think(_to: str) -> None:
        time.sleep(0.002)

    server = relays({"dot": think})
    dispatch_id = plan(house, 900)
    engine = begin(f"{server.url}&connections=2")
    for _ in range(3):
        engine.help_with(dispatch_id, 1)
    assert len(server.mails) > 300 or progress(dispatch_id).state == "finished"
    assert server.ledger.most_open <= 2
