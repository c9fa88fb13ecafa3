"""Mails are made some readers ahead, and are still the right ones."""

from datetime import datetime
from typing import cast

import pytest

from mailer.deliveries.claim import Reader
from mailer.deliveries.personalise import Mail, Personaliser
from worker.engine.ahead import Ahead


class Maker:
    """Makes mails that tell whose they are, and fails for one reader."""

    def __init__(self, fails_for: int = 0) -> None:
        self.made: list[int] = []
        self._fails_for = fails_for

    def make(self, reader: Reader, _now: datetime) -> Mail:
        self.made.append(reader.sequence)
        if reader.sequence == self._fails_for:
            raise ValueError("cannot be made")
        return Mail("bounce@example.org", reader.address, [b"mail\r\n"], 6)


READERS = [Reader(n, n, f"reader{n}@example.org", "", "", 0, "1", 0) for n in range(1, 101)]


def make_ahead(maker: Maker) -> Ahead:
    return Ahead(cast("Personaliser", maker))


def test_everybody_gets_their_own_mail_which_is_made_once() -> None:
    maker = Maker()
    made = make_ahead(maker)
    mails = [made.make(reader, iter(READERS[n + 1 :])) for n, reader in enumerate(READERS)]
    assert [mail.recipient for mail in mails] == [reader.address for reader in READERS]
    assert sorted(maker.made) == [reader.sequence for reader in READERS]


def test_the_first_one_has_others_made_with_it() -> None:
    maker = Maker()
    make_ahead(maker).make(READERS[0], iter(READERS[1:]))
    assert 10 < len(maker.made) < len(READERS)


def test_a_mail_that_cannot_be_made_fails_at_its_turn_and_stops_nobody() -> None:
    made = make_ahead(Maker(fails_for=5))
    for n, reader in enumerate(READERS[:10]):
        if reader.sequence == 5:
            with pytest.raises(ValueError, match="cannot be made"):
                made.make(reader, iter(READERS[n + 1 :]))
        else:
            assert made.make(reader, iter(READERS[n + 1 :])).recipient == reader.address


def test_somebody_else_s_turn_spends_none_of_the_mails_that_are_made() -> None:
    maker = Maker()
    made = make_ahead(maker)
    made.make(READERS[0], iter(READERS[1:]))
    before = len(maker.made)
    for reader in READERS[90:]:  # whose domain had to wait
        made.make(reader, iter(READERS[1:]))
    assert len(maker.made) == before + 10


def test_who_was_claimed_anew_gets_no_mail_that_was_made_before() -> None:
    maker = Maker()
    made = make_ahead(maker)
    made.make(READERS[0], iter(READERS[1:3]))
    moved = READERS[1]._replace(address="moved@example.org")
    assert made.make(moved, iter(READERS[2:3])).recipient == "moved@example.org"


def test_a_mail_that_has_waited_is_made_anew_because_of_its_date(monkeypatch: pytest.MonkeyPatch) -> None:
    maker, now = Maker(), 100.0
    monkeypatch.setattr("worker.engine.ahead.time.monotonic", lambda: now)
    made = make_ahead(maker)
    made.make(READERS[0], iter(READERS[1:3]))
    assert maker.made.count(2) == 1
    now += 2
    made.make(READERS[1], iter(READERS[2:3]))
    assert maker.made.count(2) == 2
