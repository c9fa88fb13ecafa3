"""The stage clock and the sums it goes into: nothing is counted twice, nothing is lost."""

import threading

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from mailer.db import reading, transaction
from mailer.deliveries import stages as names
from mailer.deliveries.start import plan_dispatch
from mailer.deliveries.states import State
from mailer.deliveries.times import add_times, read_times
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers
from worker.engine import stages
from worker.engine.stages import Stages


@pytest.fixture
def dispatch_id(engine: Engine) -> int:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 1)
        return plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id


def test_the_clock_adds_up_and_hands_over_once() -> None:
    clock = Stages()
    for _ in range(4):
        clock.add(stages.WAIT, 0.25)
    clock.add(stages.SLICE, 2.0, 0)
    clock.count(State.SENT)
    clock.count(State.SENT)
    clock.count(State.FAILED)
    taken = clock.take()
    assert taken.spent == {"wait": (1.0, 4), "slice": (2.0, 0)}
    assert taken.mails == {"sent": 2, "failed": 1}
    assert clock.take() == ({}, {})


def test_times_that_could_not_be_stored_come_with_the_next_ones() -> None:
    clock = Stages()
    clock.add(stages.COMPOSE, 0.5)
    spent = clock.take().spent
    clock.add(stages.COMPOSE, 0.25)
    clock.put_back(spent)
    assert clock.take().spent == {"compose": (0.75, 2)}


@pytest.mark.parametrize("number", range(len(names.STAGES)))
def test_the_engines_numbers_are_those_of_the_names(number: int) -> None:
    assert getattr(stages, names.STAGES[number].upper()) == number
    assert getattr(names, names.STAGES[number].upper()) == names.STAGES[number]


def test_names_fit_the_column() -> None:
    assert max(map(len, names.STAGES)) <= 12


def test_times_are_added_to_those_that_are_there(dispatch_id: int) -> None:
    with transaction() as session:
        add_times(session, dispatch_id, {})
        add_times(session, dispatch_id, {"wait": (1.5, 3), "compose": (0.25, 3)})
        add_times(session, dispatch_id, {"wait": (0.5, 1), "connect": (0.125, 1)})
    with reading() as session:
        assert read_times(session, dispatch_id) == {"compose": (0.25, 3), "connect": (0.125, 1), "wait": (2.0, 4)}


def test_times_of_no_dispatch_are_refused(dispatch_id: int) -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        add_times(session, dispatch_id + 1, {"wait": (1.0, 1)})


def test_workers_that_add_at_once_lose_nothing(dispatch_id: int) -> None:
    spent = dict.fromkeys(reversed(names.STAGES), (0.5, 1))

    def work() -> None:
        for _ in range(20):
            with transaction() as session:
                add_times(session, dispatch_id, spent)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    with reading() as session:
        assert read_times(session, dispatch_id) == dict.fromkeys(names.STAGES, (40.0, 80))
