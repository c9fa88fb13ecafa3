"""Claiming, fencing and taking back: no batch is ever in two hands."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, select

from mailer.db import transaction
from mailer.deliveries.claim import LEASE_SECONDS, Claim, claim_batch, list_due_dispatches
from mailer.deliveries.control import cancel_dispatch, resume_dispatch
from mailer.deliveries.finishing import end_cancelled
from mailer.deliveries.holding import hold_dispatch
from mailer.deliveries.models import Batch, Delivery, Dispatch
from mailer.deliveries.reasons import changed_since, skip_reasons
from mailer.deliveries.record import record_late_result, record_results
from mailer.deliveries.recover import Lease, take_back_abandoned
from mailer.deliveries.start import plan_dispatch
from mailer.deliveries.states import State
from mailer.deliveries.writing import Result
from mailer.subscribers.models import Subscriber, Suppression
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers


@pytest.fixture
def dispatch_id(engine: Engine) -> int:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 3)
        return plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id


def test_a_claimed_batch_cannot_be_claimed_again(dispatch_id: int) -> None:
    with transaction() as session:
        assert list_due_dispatches(session, NOON) == [dispatch_id]
        claimed = claim_batch(session, dispatch_id, "one", NOON)
    assert claimed
    assert [reader.address for reader in claimed.readers] == [f"reader{n}@example.org" for n in (1, 2, 3)]
    with transaction() as session:
        assert claim_batch(session, dispatch_id, "two", NOON) is None
        assert list_due_dispatches(session, NOON) == []


def test_a_late_worker_cannot_overwrite_what_another_did_since(dispatch_id: int) -> None:
    with transaction() as session:
        first = claim_batch(session, dispatch_id, "one", NOON)
    later = NOON + timedelta(seconds=LEASE_SECONDS + 1)
    with transaction() as session:
        assert take_back_abandoned(session, lambda _lease, has_run_out: {} if has_run_out else None, now=later)
        second = claim_batch(session, dispatch_id, "one", later)
    assert first
    assert second
    with transaction() as session:
        assert not record_results(session, first, [Result(1, State.FAILED, "refused")], now=later, done=True)
        assert record_results(session, second, [Result(1, State.SENT, code=250)], now=later, done=False)
    with transaction() as session:
        assert session.scalars(select(Delivery.state).where(Delivery.sequence == 1)).one() == State.SENT


def test_a_dead_workers_journal_settles_what_it_had_sent_and_what_was_on_the_wire(dispatch_id: int) -> None:
    with transaction() as session:
        claim_batch(session, dispatch_id, "dead", NOON)

    def marks(lease: Lease, _has_run_out: bool) -> Mapping[int, State]:
        assert lease == Lease(dispatch_id, 1, 1, "dead")
        return {1: State.SENT, 2: State.ON_THE_WIRE}

    with transaction() as session:
        take_back_abandoned(session, marks, now=NOON)
    with transaction() as session:
        rows = session.execute(select(Delivery.state, Delivery.may_be_doubled).order_by(Delivery.sequence)).all()
        assert [tuple(row) for row in rows] == [(State.SENT, False), (State.PLANNED, True), (State.PLANNED, False)]
        again = claim_batch(session, dispatch_id, "alive", NOON)
    assert again
    assert [reader.sequence for reader in again.readers] == [2, 3]


def test_a_live_worker_is_left_alone(dispatch_id: int) -> None:
    with transaction() as session:
        claim_batch(session, dispatch_id, "alive", NOON)
        assert take_back_abandoned(session, lambda _lease, _has_run_out: None, now=NOON) == []
        assert session.scalars(select(Batch.worker)).one() == "alive"


_CLAIM_ALL = """
import sys
from mailer import clock
from mailer.db import transaction
from mailer.deliveries.claim import claim_batch
while True:
    with transaction() as session:
        claimed = claim_batch(session, int(sys.argv[1]), sys.argv[2], clock.now())
    if claimed is None:
        break
    print(claimed.first_sequence, flush=True)
"""


def test_three_processes_claim_every_batch_exactly_once(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 3)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id
        session.add_all(
            Batch(dispatch_id=dispatch, first_sequence=first, last_sequence=first, due_at=NOON, planned=0)
            for first in range(1000, 1300)
        )
    processes = [
        subprocess.Popen([sys.executable, "-c", _CLAIM_ALL, str(dispatch), name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    claimed = [line for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(claimed) == len(set(claimed)) == 301


@pytest.mark.parametrize("attempt", range(5))
def test_two_workers_that_close_the_last_two_batches_at_once_finish_the_dispatch(engine: Engine, attempt: int) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 2)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id
        session.scalars(select(Batch)).one().last_sequence = 1
        session.add(Batch(dispatch_id=dispatch, first_sequence=2, last_sequence=2, due_at=NOON, planned=1))
    with transaction(engine) as session:
        claims = [claim_batch(session, dispatch, "both", NOON) for _ in range(2)]
    barrier = threading.Barrier(2)

    def close(claim: Claim) -> None:
        result = Result(claim.first_sequence, State.SENT, code=250, note="a note holds the dispatch's row, too")
        barrier.wait()
        with transaction(engine) as session:
            record_results(session, claim, [result], now=NOON, done=True)

    threads = [threading.Thread(target=close, args=(claim,)) for claim in claims if claim]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(threads) == 2
    with transaction(engine) as session:
        assert session.get_one(Dispatch, dispatch).state == "finished"


def test_cancelling_what_a_dead_worker_held_leaves_nothing_open(dispatch_id: int) -> None:
    with transaction() as session:
        claim_batch(session, dispatch_id, "dead", NOON)
    with transaction() as session:
        cancel_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=NOON)
        take_back_abandoned(session, lambda _lease, _has_run_out: {1: State.SENT}, now=NOON)
    with transaction() as session:
        states = session.scalars(select(Delivery.state).order_by(Delivery.sequence)).all()
        assert states == [State.SENT, State.SKIPPED, State.SKIPPED]


def test_a_result_never_overwrites_one_that_is_final(dispatch_id: int) -> None:
    with transaction() as session:
        claimed = claim_batch(session, dispatch_id, "one", NOON)
        assert claimed
        record_results(session, claimed, [Result(1, State.SENT, code=250)], now=NOON, done=False)
        record_results(session, claimed, [Result(1, State.DEFERRED, due_at=NOON)], now=NOON, done=False)
        assert session.scalars(select(Delivery.state).where(Delivery.sequence == 1)).one() == State.SENT


def test_a_worker_whose_clock_is_behind_finds_what_was_planned(dispatch_id: int) -> None:
    behind = NOON - timedelta(hours=1)
    with transaction() as session:
        assert list_due_dispatches(session, behind) == [dispatch_id]
        assert claim_batch(session, dispatch_id, "one", behind)


def test_who_is_erased_after_the_claim_is_seen_to_have_gone(dispatch_id: int) -> None:
    with transaction() as session:
        claimed = claim_batch(session, dispatch_id, "one", NOON)
        assert claimed
        erased = claimed.readers[1].subscriber_id
        session.execute(delete(Subscriber).where(Subscriber.id == erased))
    with transaction() as session:
        assert changed_since(session, dispatch_id, NOON) == {erased}
        assert skip_reasons(session, dispatch_id, [erased], NOON) == {erased: "erased"}


def test_refusals_that_a_worker_tells_after_the_resume_do_not_hold_the_dispatch_again(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 60)
        dispatch_id = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id
        claimed = claim_batch(session, dispatch_id, "one", NOON)
    assert claimed
    later = NOON + timedelta(seconds=5)
    refused = [Result(number, State.FAILED, "refused", 550) for number in range(1, 31)]
    with transaction(engine) as session:
        hold_dispatch(session, dispatch_id, "too_many_refused", "")
    with transaction(engine) as session:
        resume_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=later)
        record_results(session, claimed, refused, now=later, done=True)
        again = claim_batch(session, dispatch_id, "one", later + timedelta(seconds=1))
    assert again
    with transaction(engine) as session:
        assert session.get_one(Dispatch, dispatch_id).state == "sending"
        more = [Result(number, State.FAILED, "refused", 550) for number in range(31, 55)]
        record_results(session, again, more, now=later, done=False)
    with transaction(engine) as session:
        assert session.get_one(Dispatch, dispatch_id).state == "held"


def test_what_is_given_back_while_its_dispatch_is_being_cancelled_is_ended_by_the_sweep(dispatch_id: int) -> None:
    with transaction() as session:
        claim_batch(session, dispatch_id, "one", NOON)
    with transaction() as session:
        cancel_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=NOON)
    with transaction() as session:  # as a worker does that could not see the cancel yet
        batch = session.scalars(select(Batch)).one()
        batch.lease_until, batch.worker, batch.due_at = None, "", NOON
    with transaction() as session:
        end_cancelled(session, NOON)
    with transaction() as session:
        assert set(session.scalars(select(Delivery.state))) == {State.SKIPPED}
        assert session.scalars(select(Batch.due_at)).one() is None


def test_a_relay_that_begins_to_refuse_everybody_near_the_end_holds_the_dispatch(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 1030)
        dispatch_id = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id
    for _ in range(2):
        with transaction(engine) as session:
            claimed = claim_batch(session, dispatch_id, "one", NOON)
            assert claimed
            sent = [Result(one.sequence, State.SENT, code=250) for one in claimed.readers]
            record_results(session, claimed, sent, now=NOON, done=True)
    with transaction(engine) as session:
        last = claim_batch(session, dispatch_id, "one", NOON)
        assert last
        refused = [Result(one.sequence, State.FAILED, "no_such_address", 550) for one in last.readers[:25]]
        record_results(session, last, refused, now=NOON, done=False)
    with transaction(engine) as session:
        assert session.get_one(Dispatch, dispatch_id).state == "held"
        assert session.scalars(select(Suppression)).all() == []


def test_an_answer_that_comes_late_is_told_unless_the_mail_was_tried_again(dispatch_id: int) -> None:
    late = NOON + timedelta(minutes=11)
    with transaction() as session:
        claimed = claim_batch(session, dispatch_id, "one", NOON)
        assert claimed
        waiting = [
            Result(number, State.DEFERRED, "no_answer", due_at=late, attempt=1, may_be_doubled=True)
            for number in (1, 2)
        ]
        rest = [Result(3, State.SENT, code=250, attempt=1)]
        record_results(session, claimed, waiting + rest, now=NOON, done=True)
    with transaction() as session:
        record_late_result(session, dispatch_id, Result(1, State.SENT, code=250, attempt=1), now=NOON)
        again = claim_batch(session, dispatch_id, "two", late)
        assert again
        assert [reader.sequence for reader in again.readers] == [2]
        record_results(session, again, [Result(2, State.FAILED, "refused", 550, attempt=2)], now=late, done=True)
        record_late_result(session, dispatch_id, Result(2, State.SENT, code=250, attempt=1), now=late)
    with transaction() as session:
        states = session.scalars(select(Delivery.state).order_by(Delivery.sequence)).all()
        assert states == [State.SENT, State.FAILED, State.SENT]
        assert session.get_one(Dispatch, dispatch_id).state == "finished"
