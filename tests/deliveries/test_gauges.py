"""What waits, for monitoring: only work that could be done now makes the queue old."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from mailer.db import reading, transaction
from mailer.deliveries.claim import claim_batch
from mailer.deliveries.control import pause_dispatch
from mailer.deliveries.gauges import Queue, gauges, read_queue
from mailer.deliveries.models import Dispatch
from mailer.deliveries.start import plan_dispatch
from mailer.models import Base
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers

NONE = {"sending": 0, "finished": 0, "held": 0, "paused": 0, "cancelled": 0}
LATER = NOON + timedelta(seconds=90)


@pytest.fixture
def dispatch_id(engine: Engine) -> int:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 3)
        return plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id


@pytest.mark.usefixtures("engine")
def test_an_empty_service_has_nothing_waiting() -> None:
    with reading() as session:
        assert read_queue(session, NOON) == Queue(0.0, 0, NONE)


def test_the_queue_is_as_old_as_its_oldest_batch(dispatch_id: int) -> None:
    with reading() as session:
        assert read_queue(session, LATER) == Queue(90.0, 3, NONE | {"sending": 1})
        assert read_queue(session, NOON - timedelta(seconds=1)).age_seconds == 0.0


def test_what_a_worker_has_does_not_wait(dispatch_id: int) -> None:
    with transaction() as session:
        claim_batch(session, dispatch_id, "one", NOON)
    with reading() as session:
        assert read_queue(session, LATER) == Queue(0.0, 3, NONE | {"sending": 1})


def test_a_paused_dispatch_does_not_make_the_queue_old(dispatch_id: int) -> None:
    with transaction() as session:
        pause_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=NOON)
    with reading() as session:
        assert read_queue(session, LATER) == Queue(0.0, 0, NONE | {"paused": 1})


def test_without_a_database_only_that_is_told(engine: Engine) -> None:
    assert {metric.name for metric in gauges(NOON)} > {"mailer_database_up", "mailer_queue_age_seconds"}
    Base.metadata.drop_all(engine)
    (only,) = gauges(NOON)
    assert (only.name, only.samples[0].value) == ("mailer_database_up", 0)
