"""The quotas of a worker process: reserved in blocks, spent at once, given back, over at the hour."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from mailer import clock
from mailer.db import transaction
from mailer.relays.quotas import Quota, Usage, read_usage
from worker.engine.quotas import Quotas

RELAY = Quota("relay:1", per_hour=100, per_day=1000)
SENDER = Quota("sender:example.org", per_day=40)
TEN_TO = datetime(2026, 3, 2, 12, 50, tzinfo=UTC)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time of day as a list of one: put another into it, and the clock shows that."""
    shown = [TEN_TO]
    monkeypatch.setattr(clock, "now", lambda: shown[0])
    return shown


async def take_all(quotas: Quotas, *keys: str, most: int = 2000) -> int:
    """Take what there is; return how many mails might go."""
    taken = 0
    while taken < most:
        wait = quotas.try_take(*keys)
        if wait > 5:
            break
        taken += not wait
        await asyncio.sleep(wait)
    return taken


def used(key: str, now: datetime = TEN_TO) -> Usage:
    with transaction() as session:
        return read_usage(session, [key], now=now)[key]


def test_a_process_takes_the_quota_and_learns_when_there_is_more(engine: Engine, hands: list[datetime]) -> None:
    async def run() -> None:
        quotas = Quotas()
        quotas.set_quota("relay:1", RELAY)
        assert await take_all(quotas, "relay:1", "sender:nobody") == 100
        assert quotas.try_take("relay:1") == pytest.approx(600, abs=5)
        assert quotas.exhausted().keys() == {"relay:1"}
        assert quotas.try_take("relay:2") == 0
        await quotas.release()

    asyncio.run(run())
    assert used("relay:1") == Usage(100, 100)


def test_two_processes_share_a_quota(engine: Engine, hands: list[datetime]) -> None:
    async def run() -> list[int]:
        both = Quotas(), Quotas()
        for quotas in both:
            quotas.set_quota("relay:1", RELAY)
        return list(await asyncio.gather(*(take_all(quotas, "relay:1") for quotas in both)))

    counts = asyncio.run(run())
    assert sum(counts) == 100
    assert min(counts) > 10


def test_a_mail_is_taken_from_relay_and_sender_or_from_none(engine: Engine, hands: list[datetime]) -> None:
    async def run() -> None:
        quotas = Quotas()
        quotas.set_quota(RELAY.key, RELAY)
        quotas.set_quota(SENDER.key, SENDER)
        assert await take_all(quotas, "relay:1", "sender:example.org") == 40
        await quotas.release()

    asyncio.run(run())
    assert used("relay:1").this_hour == 40
    assert used("sender:example.org").today == 40


def test_what_is_not_used_is_given_back(engine: Engine, hands: list[datetime]) -> None:
    async def run() -> None:
        quotas = Quotas()
        quotas.set_quota("relay:1", Quota("relay:1", per_hour=100_000))
        assert await take_all(quotas, "relay:1", most=10) == 10
        assert used("relay:1").this_hour >= 500
        await quotas.release()
        assert used("relay:1").this_hour == 10
        await quotas.release()
        assert used("relay:1").this_hour == 10

    asyncio.run(run())


def test_nothing_is_carried_over_into_the_next_hour(engine: Engine, hands: list[datetime]) -> None:
    """What an hour has left over goes back to the day, and the next hour has its own."""

    async def run() -> None:
        quotas = Quotas()
        quotas.set_quota("relay:1", RELAY)
        hands[0] = TEN_TO.replace(minute=59, second=59, microsecond=700_000)
        assert await take_all(quotas, "relay:1", most=96) == 96
        await asyncio.sleep(0.4)
        hands[0] = TEN_TO + timedelta(minutes=11)
        assert await take_all(quotas, "relay:1") == 100
        await quotas.release()

    asyncio.run(run())
    assert used("relay:1", hands[0]) == Usage(100, 196)


def test_a_larger_quota_counts_at_once_and_one_that_is_gone_holds_nothing_up(
    engine: Engine, hands: list[datetime]
) -> None:
    async def run() -> None:
        quotas = Quotas()
        quotas.set_quota("relay:1", RELAY)
        assert await take_all(quotas, "relay:1") == 100
        quotas.set_quota("relay:1", Quota("relay:1", per_hour=130))
        assert await take_all(quotas, "relay:1") == 30
        quotas.set_quota("relay:1", None)
        assert await take_all(quotas, "relay:1", most=500) == 500
        await quotas.release()

    asyncio.run(run())


def test_without_the_database_nothing_is_sent_under_a_quota_and_then_it_goes_on(
    engine: Engine, hands: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE sending_quotas RENAME TO gone"))

    async def run() -> None:
        quotas = Quotas()
        quotas.set_quota("relay:1", RELAY)
        quotas.try_take("relay:1")
        await asyncio.sleep(0.3)
        assert 0.3 < quotas.try_take("relay:1") <= 1
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO sending_quotas"))
        assert await take_all(quotas, "relay:1") == 100
        await quotas.release()

    asyncio.run(run())
    assert "the database is away" in caplog.text
