"""Mails are made some readers ahead, and are still the right ones."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from mailer.db import transaction
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import DispatchContent, load_content
from mailer.deliveries.personalise import Mail, Personaliser
from mailer.deliveries.start import plan_dispatch
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers
from worker.engine.ahead import Ahead

READERS = [Reader(n, n, f"reader{n}@example.org", "", "", 0, "1", 0) for n in range(1, 201)]
UNFIT = READERS[0]._replace(address="a\r\nb@example.org")


class Counting(Personaliser):
    """Remembers for whom mails were made or tried."""

    def __init__(self, content: DispatchContent) -> None:
        super().__init__(content)
        self.tried: list[int] = []

    def make(self, reader: Reader, now: datetime) -> Mail:
        self.tried.append(reader.sequence)
        return super().make(reader, now)


@pytest.fixture
def maker(engine: Engine) -> Counting:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 1)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        return Counting(load_content(session, dispatch.id))


def test_everybody_gets_their_own_mail_which_is_made_once(maker: Counting) -> None:
    ahead = Ahead(maker)
    mails = [ahead.make(reader, READERS[n + 1 :]) for n, reader in enumerate(READERS)]
    assert [mail.recipient for mail in mails] == [reader.address for reader in READERS]
    assert sorted(maker.tried) == [reader.sequence for reader in READERS]


def test_the_first_one_has_others_made_with_it(maker: Counting) -> None:
    Ahead(maker).make(READERS[0], READERS[1:])
    assert 10 < len(maker.tried) < len(READERS)


def test_a_mail_that_cannot_be_made_fails_at_its_turn_and_stops_nobody(maker: Counting) -> None:
    ahead = Ahead(maker)
    queue = [*READERS[:5], UNFIT._replace(sequence=6), *READERS[6:20]]
    for n, reader in enumerate(queue):
        if reader.sequence == 6:
            with pytest.raises(ValueError, match="line break"):
                ahead.make(reader, queue[n + 1 :])
        else:
            assert ahead.make(reader, queue[n + 1 :]).recipient == reader.address


def test_when_no_mail_can_be_made_each_is_tried_once(maker: Counting) -> None:
    ahead = Ahead(maker)
    queue = [UNFIT._replace(sequence=n) for n in range(1, 101)]
    for n, reader in enumerate(queue):
        with pytest.raises(ValueError, match="line break"):
            ahead.make(reader, queue[n + 1 :])
    assert len(maker.tried) == len(queue)


def test_somebody_else_s_turn_spends_none_of_the_mails_that_are_made(maker: Counting) -> None:
    ahead = Ahead(maker)
    ahead.make(READERS[0], READERS[1:])
    before = len(maker.tried)
    for reader in READERS[90:100]:  # whose domain had to wait
        ahead.make(reader, READERS[1:])
    assert len(maker.tried) == before + 10


def test_readers_who_are_passed_over_cost_no_more_than_the_mails_made_for_them(maker: Counting) -> None:
    ahead = Ahead(maker)
    runs = 0
    for n, reader in enumerate(READERS):
        if reader.sequence % 3:  # the others' domain is slowed
            before = len(maker.tried)
            ahead.make(reader, READERS[n + 1 :])
            runs += len(maker.tried) > before
    assert len(maker.tried) <= len(READERS)
    assert runs < 12


def test_who_was_claimed_anew_gets_no_mail_that_was_made_before(maker: Counting) -> None:
    ahead = Ahead(maker)
    ahead.make(READERS[0], READERS[1:3])
    moved = READERS[1]._replace(address="moved@example.org")
    assert ahead.make(moved, READERS[2:3]).recipient == "moved@example.org"


def test_a_mail_that_has_waited_is_made_anew_because_of_its_date(
    maker: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("worker.engine.ahead.time.monotonic", lambda: now)
    ahead = Ahead(maker)
    ahead.make(READERS[0], READERS[1:3])
    assert maker.tried.count(2) == 1
    now += 2
    ahead.make(READERS[1], READERS[2:3])
    assert maker.tried.count(2) == 2
