"""The journal: what it keeps, whom it protects, and that a leftover file blocks nobody."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mailer.deliveries.claim import Claim
from mailer.deliveries.recover import Lease
from mailer.deliveries.states import State
from tests.factories.newsletters import House
from tests.worker.conftest import plan
from worker.engine import ledger
from worker.engine.journal import Journal, forget, read_marks, worker_name


@pytest.fixture
def claim(settings: object) -> Claim:
    return Claim(7, 501, 504, 1, worker_name(), datetime(2026, 3, 2, tzinfo=UTC), (), ())


def lease_of(claim: Claim) -> Lease:
    return Lease(claim.dispatch_id, claim.first_sequence, claim.attempt, claim.worker)


def test_the_marks_of_a_dead_worker_are_read_and_those_of_a_live_one_are_left_alone(claim: Claim) -> None:
    journal = Journal(claim)
    journal.mark(502, State.SENT)
    journal.mark(504, State.ON_THE_WIRE)
    assert read_marks(lease_of(claim), False) is None
    assert read_marks(lease_of(claim), True) is None, "it holds the lock, so it lives: perhaps the machine slept"
    journal.abandon()
    assert read_marks(lease_of(claim), False) == {502: State.SENT, 504: State.ON_THE_WIRE}
    forget(lease_of(claim))
    assert read_marks(lease_of(claim), False) == {}


def test_a_file_that_an_uncommitted_claim_left_is_begun_anew(claim: Claim) -> None:
    left = Journal(claim)
    left.mark(501, State.SENT)
    left.abandon()
    again = Journal(claim)
    again.abandon()
    assert read_marks(lease_of(claim), False) == {}


def test_marking_and_closing_twice_does_no_harm(claim: Claim) -> None:
    journal = Journal(claim)
    journal.close()
    journal.mark(501, State.SENT)
    journal.close()


def test_a_holder_on_another_host_is_given_its_lease(claim: Claim) -> None:
    elsewhere = lease_of(claim)._replace(worker="another folder:1")
    assert read_marks(elsewhere, False) is None
    assert read_marks(elsewhere, True) == {}


def test_a_claim_that_cannot_be_committed_leaves_the_batch_to_everybody(house: House) -> None:
    dispatch_id = plan(house, 3)

    def break_commit(_session: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(Session, "before_commit", break_commit)
    try:
        with pytest.raises(OperationalError):
            ledger.claim(dispatch_id)
    finally:
        event.remove(Session, "before_commit", break_commit)
    claimed = ledger.claim(dispatch_id)
    assert claimed
    claimed[1].close()
