"""Rates through a real Valkey: shared by processes, slowed for one domain, kept to while Valkey is away."""

import asyncio
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mailer.jobs import runtime_dir
from tests.conftest import forget_settings
from tests.valkey import Valkey
from tests.worker.taking import make_option, run_limits, take_for
from worker.engine import shared_rates
from worker.engine.bucket import Bucket
from worker.engine.limits import Limits, make_limits
from worker.engine.shared_rates import SharedRates


@pytest.fixture
def valkey(settings: object) -> Iterator[Valkey]:
    server = Valkey()
    server.start()
    yield server
    server.kill()
    shutil.rmtree(runtime_dir())


async def send_slowly(limits: Limits, mails: int) -> None:
    """Send some mails, fewer than a rate that would be noticed."""
    for _ in range(mails):
        assert limits.try_take("relay:1", "gmail.com") == 0
        await asyncio.sleep(0.01)


async def wait_until_slowed(limits: Limits) -> None:
    """Wait until there are no more than some ten mails a second to gmail.com."""
    deadline = time.monotonic() + 4
    while limits.try_take("relay:1", "gmail.com") == 0:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def read_slowed(valkey: Valkey) -> list[tuple[str, float, float]]:
    entries = valkey.command("HGETALL", "mailer:slowed")
    assert isinstance(entries, dict)
    return [(name, float(words.split()[0]), float(words.split()[1])) for name, words in entries.items()]


def test_two_processes_share_a_rate(valkey: Valkey) -> None:
    command = [sys.executable, "-m", "tests.worker.taking", valkey.url, "200", "4"]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    begins_at = str(time.monotonic() + 0.2)
    for process in processes:
        assert process.stdin
        process.stdin.write(f"{begins_at}\n")
        process.stdin.flush()
    counts = [int(process.communicate(timeout=30)[0]) for process in processes]
    assert 720 <= sum(counts) <= 880  # 4 s of 200 a second ±10 %; the first fifth of a second comes at once
    assert min(counts) > 20  # nobody starves


def test_the_domains_of_a_provider_share_its_rate(valkey: Valkey) -> None:
    async def run() -> tuple[int, int]:
        async with run_limits(valkey.url, "gmail.com,googlemail.com=20/s") as limits:
            return await asyncio.gather(take_for(limits, 1, "gmail.com"), take_for(limits, 1, "GoogleMail.com"))

    assert 16 <= sum(asyncio.run(run())) <= 26


def test_every_other_domain_has_a_rate_of_its_own(valkey: Valkey) -> None:
    async def run() -> tuple[int, int]:
        async with run_limits(valkey.url, "*=1200/min") as limits:
            return await asyncio.gather(take_for(limits, 1, "example.org"), take_for(limits, 1, "example.net"))

    assert all(16 <= count <= 26 for count in asyncio.run(run()))


def test_what_has_no_limit_is_never_waited_for_nor_asked_of_valkey(valkey: Valkey) -> None:
    async def run() -> None:
        async with run_limits(valkey.url, "gmail.com=1/s") as limits:
            assert not any(limits.try_take("relay:1", f"d{n % 50}.example.org") for n in range(5000))

    before = valkey.command("INFO", "commandstats")
    asyncio.run(run())
    assert isinstance(before, dict)
    after = valkey.command("INFO", "commandstats")
    assert isinstance(after, dict)
    assert not {name for name in after.keys() - before.keys() if "eval" in name or "hgetall" in name}


def test_a_slow_domain_lets_the_relay_serve_others(valkey: Valkey) -> None:
    """No permit of the relay is lost to a domain that has to wait."""

    async def run() -> int:
        async with run_limits(valkey.url, "slow.example=1/s", per_second=100) as limits:
            slow = asyncio.create_task(take_for(limits, 1.5, "slow.example"))
            others = await take_for(limits, 1.5, "example.org")
            assert await slow <= 3
            return others

    assert asyncio.run(run()) >= 130


def test_the_first_mails_of_many_domains_need_not_wait(valkey: Valkey) -> None:
    async def run() -> None:
        async with run_limits(valkey.url, "*=5/s") as limits:
            assert not any(limits.try_take("relay:1", f"d{n}.example.org") for n in range(300))
            await asyncio.sleep(0.5)
            assert limits.try_take("relay:1", "d1.example.org") < 0.3  # five a second, and one was on credit

    asyncio.run(run())


async def wait_until_told(valkey: Valkey) -> None:
    """Wait until a process has told the others of a slowing."""
    for _ in range(500):
        if read_slowed(valkey):
            return
        await asyncio.sleep(0.02)


def test_a_throttled_domain_is_slowed_on_that_relay_in_all_processes_and_others_are_not(valkey: Valkey) -> None:
    async def run() -> None:
        async with run_limits(valkey.url) as one, run_limits(valkey.url) as other:
            await send_slowly(one, 20)
            await send_slowly(other, 20)
            for _ in range(10):  # a burst of answers halves the rate once
                one.throttled("relay:1", "gmail.com")
            await wait_until_told(valkey)
            [(name, rate, before)] = read_slowed(valkey)
            assert name == "relay:1 gmail.com"
            assert rate == pytest.approx(before / 2)
            for limits in (one, other):  # the other looks once a second
                await wait_until_slowed(limits)
                assert not any(limits.try_take("relay:1", "example.org") for _ in range(200))
                assert not any(limits.try_take("relay:2", "gmail.com") for _ in range(200))

    asyncio.run(run())


@pytest.mark.parametrize(("before", "seconds"), [(0, 2.0), (1, 1.4)])
def test_idle_time_before_a_dispatch_makes_its_rate_seem_no_smaller(
    before: int, seconds: float, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.engine.limits._WINDOW_SECONDS", 1)

    async def run() -> None:
        async with run_limits(valkey.url) as limits:
            await send_slowly(limits, before)
            await asyncio.sleep(seconds)
            await send_slowly(limits, 20)
            limits.throttled("relay:1", "gmail.com")
            await wait_until_told(valkey)
            [(_, _, rate)] = read_slowed(valkey)
            assert rate > 30  # both processes' 20 in less than a second

    asyncio.run(run())


def test_a_process_that_comes_later_follows_a_slowing(valkey: Valkey) -> None:
    async def run() -> None:
        async with run_limits(valkey.url) as one:
            await send_slowly(one, 5)
            one.throttled("relay:1", "gmail.com")
            await wait_until_told(valkey)
        async with run_limits(valkey.url) as late:
            await wait_until_slowed(late)

    asyncio.run(run())


def test_a_slowing_ends_by_itself(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.engine.slowing.RECOVERY_SECONDS", 2)

    async def run() -> None:
        async with run_limits(valkey.url) as limits:
            await send_slowly(limits, 5)
            limits.throttled("relay:1", "gmail.com")
            await wait_until_slowed(limits)
            await asyncio.sleep(2.5)
            assert not any(limits.try_take("relay:1", "gmail.com") for _ in range(2000))

    asyncio.run(run())


def test_while_valkey_is_away_each_process_keeps_to_its_share(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_rates, "AWAY_SECONDS", 0.5)
    caplog.set_level(logging.INFO)

    async def run() -> tuple[int, int, int]:
        async with run_limits(valkey.url, shares=4, per_second=200) as limits:
            first = await take_for(limits, 1)
            await asyncio.to_thread(valkey.kill)
            second = await take_for(limits, 2)
            await asyncio.to_thread(valkey.start)
            await asyncio.sleep(0.6)
            return first, second, await take_for(limits, 1)

    first, second, third = asyncio.run(run())
    assert 180 <= first <= 260
    assert 80 <= second <= 130  # 2 s of 50 a second, and what was in stock
    assert 160 <= third <= 260
    words = [record.message for record in caplog.records if "Redis" in record.message]
    assert [word.split(",")[0].split(":")[0] for word in words] == ["Redis is away", "Redis is back"]


def test_a_throttled_domain_is_slowed_without_valkey_too(settings: object) -> None:
    async def run() -> None:
        async with run_limits("unix:///nowhere/valkey.sock") as limits:
            await send_slowly(limits, 5)
            limits.throttled("relay:1", "gmail.com")
            await wait_until_slowed(limits)

    asyncio.run(run())


def test_a_new_rate_of_a_relay_counts_from_the_next_slice(valkey: Valkey) -> None:
    async def run() -> None:
        async with run_limits(valkey.url) as limits:
            assert await take_for(limits, 0.1) > 100
            limits.set_relays([make_option(per_second=10)])
            assert await take_for(limits, 1) <= 14
            limits.set_relays([make_option()])
            assert await take_for(limits, 0.1) > 100

    asyncio.run(run())


def test_what_is_not_used_any_more_is_forgotten(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.engine.limits.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("worker.engine.limits._WINDOW_SECONDS", 0.1)

    async def run() -> None:
        async with run_limits(valkey.url, "*=1000/s") as limits:
            for n in range(500):
                limits.try_take("relay:1", f"d{n}.example.org")
            deadline = time.monotonic() + 10
            while len(limits._stocks) > 5 and time.monotonic() < deadline:
                await take_for(limits, 0.1, "example.org")
            assert "relay:1 example.org" in limits._stocks
            assert len(limits._stocks) <= 5
            assert len(limits._entries) <= 5

    asyncio.run(run())


def test_the_limits_of_the_settings(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_DOMAIN_RATES", "gmail.com=10/s")
    forget_settings()

    async def run() -> int:
        limits = make_limits()
        taken = await take_for(limits, 1, "gmail.com")
        await limits.close()
        return taken

    assert 8 <= asyncio.run(run()) <= 14


draws = st.tuples(st.floats(0.1, 5000), st.integers(0, 600), st.integers(0, 3))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(draws, min_size=1, max_size=6))
def test_the_script_grants_what_the_pure_bucket_grants(valkey: Valkey, asked: list[tuple[float, int, int]]) -> None:
    """However long it takes: what the bucket would grant at once is the least, what it would by now is the most."""

    async def run() -> None:
        valkey.command("DEL", "mailer:rate:x")
        shared, tokens, since = SharedRates(valkey.url, 1), Bucket.full(asked[0][0], 0).tokens, time.monotonic()
        try:
            for rate, wanted, spent in asked:
                began = time.monotonic()
                grant = await shared.draw("x", rate, wanted, spent)
                late = time.monotonic() - since
                least, most = (Bucket(tokens, 0).draw(rate, wanted, spent, passed)[1] for passed in (0.0, late))
                assert least <= grant.count <= most
                tokens, since = float(str(valkey.command("HGET", "mailer:rate:x", "tokens"))) + 1e-6, began
        finally:
            await shared.close()

    asyncio.run(run())
