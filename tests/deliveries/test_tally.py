"""The reasons that progress shows are those of the delivery rows, whatever happened to a batch before."""

import pytest
from alembic import command
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from mailer.db import reading, transaction
from mailer.deliveries.claim import claim_batch
from mailer.deliveries.control import cancel_dispatch
from mailer.deliveries.models import BATCH_SIZE, Batch, BatchReason, Delivery, DeliveryNote, Dispatch
from mailer.deliveries.queries import dispatch_progress
from mailer.deliveries.record import record_results
from mailer.deliveries.start import plan_dispatch
from mailer.deliveries.states import State
from mailer.deliveries.troubles import list_troubles
from mailer.deliveries.writing import Result, close_batch
from mailer.migrations import make_config, upgrade
from mailer.models import Base
from mailer.subscribers.models import PAUSED, PENDING
from tests.factories.newsletters import NOON, House, make_house
from tests.factories.subscribers import make_readers, make_subscriber, make_subscription

READERS = 6


@pytest.fixture
def house(engine: Engine) -> House:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, READERS)
        return house


def plan(house: House) -> int:
    with transaction() as session:
        return plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON).id


def reasons(session: Session, dispatch_id: int) -> dict[str, dict[str, int]]:
    return dispatch_progress(session, session.get_one(Dispatch, dispatch_id), now=NOON).reasons


def assert_tally_is_true(session: Session) -> None:
    first = (Delivery.sequence - 1) // BATCH_SIZE * BATCH_SIZE + 1
    truth = session.execute(
        select(Delivery.dispatch_id, first, Delivery.state, Delivery.reason, func.count())
        .where(Delivery.reason != "")
        .group_by(Delivery.dispatch_id, first, Delivery.state, Delivery.reason)
    ).all()
    kept = session.execute(
        select(
            BatchReason.dispatch_id,
            BatchReason.first_sequence,
            BatchReason.state,
            BatchReason.reason,
            BatchReason.count,
        )
    ).all()
    assert sorted(map(tuple, kept)) == sorted(map(tuple, truth))


def test_who_is_skipped_from_the_start_is_counted_by_reason(house: House) -> None:
    with transaction() as session:
        for number, state in enumerate((PAUSED, PAUSED, PENDING)):
            reader = make_subscriber(session, house.workspace, f"other{number}@example.org")
            make_subscription(session, reader, house.mailing_list, state)
    dispatch_id = plan(house)
    with reading() as session:
        assert reasons(session, dispatch_id) == {"skipped": {"paused": 2, "unconfirmed": 1}}
        assert_tally_is_true(session)


def test_every_record_replaces_the_reasons_of_its_batch(house: House) -> None:
    dispatch_id = plan(house)
    with transaction() as session:
        claim = claim_batch(session, dispatch_id, "one", NOON)
    assert claim
    steps = [
        [Result(1, State.DEFERRED, "relay_busy", due_at=NOON), Result(2, State.DEFERRED, "mailbox_full", due_at=NOON)],
        [Result(1, State.FAILED, "no_such_address"), Result(2, State.SENT), Result(3, State.SKIPPED, "left")],
        [Result(4, State.SENT), Result(5, State.SENT), Result(6, State.SENT)],
    ]
    seen = []
    for results in steps:
        with transaction() as session:
            record_results(session, claim, results, now=NOON, done=False)
        with reading() as session:
            assert_tally_is_true(session)
            seen.append(reasons(session, dispatch_id))
    assert seen[0] == {"deferred": {"mailbox_full": 1, "relay_busy": 1}}
    assert seen[1] == seen[2] == {"failed": {"no_such_address": 1}, "skipped": {"left": 1}}


def test_reasons_that_have_gone_leave_no_row(house: House) -> None:
    dispatch_id = plan(house)
    with transaction() as session:
        claim = claim_batch(session, dispatch_id, "one", NOON)
    assert claim
    for results in ([Result(1, State.DEFERRED, "relay_busy", due_at=NOON)], [Result(1, State.SENT)]):
        with transaction() as session:
            record_results(session, claim, results, now=NOON, done=False)
    with reading() as session:
        assert session.scalars(select(BatchReason)).all() == []


def test_cancelling_counts_who_did_not_get_it(house: House) -> None:
    dispatch_id = plan(house)
    with transaction() as session:
        cancel_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=NOON)
    with reading() as session:
        assert reasons(session, dispatch_id) == {"skipped": {"cancelled": READERS}}
        assert_tally_is_true(session)


def test_a_batch_without_trouble_costs_no_statement(house: House, engine: Engine) -> None:
    dispatch_id = plan(house)
    with transaction() as session:
        claim = claim_batch(session, dispatch_id, "one", NOON)
    assert claim
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    with transaction() as session:
        record_results(session, claim, [Result(1, State.SENT)], now=NOON, done=False)
    assert statements
    assert not [one for one in statements if "batch_reasons" in one]


def test_the_migration_counts_dispatches_that_were_there_before(engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    upgrade()
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 1)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        rows = [(n, State.SKIPPED, "left") for n in range(2, 502)] + [(n, State.FAILED, "refused") for n in (502, 503)]
        session.add_all(
            Delivery(dispatch_id=dispatch.id, sequence=n, subscriber_id=n, via="", state=int(state), reason=reason)
            for n, state, reason in rows
        )
    command.downgrade(make_config(), "0004")
    upgrade()
    with reading() as session:
        assert_tally_is_true(session)
        kept = session.execute(select(BatchReason.first_sequence, BatchReason.reason, BatchReason.count))
        assert sorted(map(tuple, kept)) == [(1, "left", 499), (501, "left", 1), (501, "refused", 2)]


def test_who_did_not_get_it_is_found_in_any_batch_the_worst_first(house: House) -> None:
    dispatch_id = plan(house)
    states = {State.FAILED: "refused", State.DEFERRED: "relay_busy", State.SKIPPED: "left", State.SENT: ""}
    with transaction() as session:
        first = session.get_one(Batch, (dispatch_id, 1))
        first.last_sequence = 3
        session.add(Batch(dispatch_id=dispatch_id, first_sequence=4, last_sequence=READERS, due_at=NOON, worker=""))
        for number, state in enumerate([State.SKIPPED, State.SENT, State.DEFERRED, State.FAILED, State.FAILED], 1):
            row = session.get_one(Delivery, (dispatch_id, number))
            row.state, row.reason = state, states[state]
        session.add(DeliveryNote(dispatch_id=dispatch_id, sequence=4, at=NOON, text="rcpt: 550 no"))
        session.flush()
        for one in (1, 4):
            close_batch(session, dispatch_id, one, NOON, give_back=False)
    with reading() as session:
        found = [(one.address, one.state, one.note) for one in list_troubles(session, dispatch_id)]
        assert found == [
            ("reader4@example.org", "failed", "rcpt: 550 no"),
            ("reader5@example.org", "failed", ""),
            ("reader3@example.org", "deferred", ""),
            ("reader1@example.org", "skipped", ""),
        ]
        for limit in (1, 2, 3, 4):
            assert len(list_troubles(session, dispatch_id, limit)) == limit
