"""Starting a dispatch: who gets a row, who is skipped and why, and that nobody is mailed twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.models import Batch, Delivery, Dispatch
from mailer.deliveries.queries import dispatch_progress
from mailer.deliveries.start import count_recipients, plan_dispatch
from mailer.deliveries.states import State
from mailer.errors import RefusedError
from mailer.issues.models import Snapshot, SnapshotVariant
from mailer.lists.queries import create_list
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING, Subscriber
from mailer.subscribers.suppression import suppress
from tests.factories.newsletters import NOON, make_house, make_issue
from tests.factories.subscribers import make_readers, make_subscriber, make_subscription


def reasons(session: Session, dispatch: Dispatch) -> dict[str, str]:
    """Return address → reason ("" for those who get the mail)."""
    rows = session.execute(
        select(Subscriber.address, Delivery.reason)
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(Delivery.dispatch_id == dispatch.id)
    )
    return {row[0]: row[1] for row in rows}


def test_everybody_on_the_list_gets_a_row_and_who_must_not_be_mailed_a_reason(session: Session) -> None:
    house = make_house(session)
    for name, state, why in (
        ("active", ACTIVE, ""),
        ("paused", PAUSED, ""),
        ("pending", PENDING, ""),
        ("left", ENDED, "left"),
        ("suppressed", ACTIVE, ""),
    ):
        reader = make_subscriber(session, house.workspace, f"{name}@example.org")
        make_subscription(session, reader, house.mailing_list, state, ended_reason=why)
        if name == "suppressed":
            suppress(session, house.workspace.id, reader.address_hash, "complained", now=NOON)
    assert count_recipients(session, house.issue, [house.mailing_list], now=NOON) == 1
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    assert reasons(session, dispatch) == {
        "active@example.org": "",
        "paused@example.org": "paused",
        "pending@example.org": "unconfirmed",
        "left@example.org": "left",
        "suppressed@example.org": "complained",
    }
    progress = dispatch_progress(session, dispatch, now=NOON)
    assert (progress.recipients, progress.deliveries["planned"], progress.deliveries["skipped"]) == (1, 1, 4)


def test_a_pause_that_is_over_counts_as_active(session: Session) -> None:
    house = make_house(session)
    reader = make_subscriber(session, house.workspace)
    place = make_subscription(session, reader, house.mailing_list, PAUSED)
    place.paused_until = NOON - timedelta(minutes=1)
    session.flush()
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    assert reasons(session, dispatch) == {"alice@example.org": ""}


def test_a_person_on_several_lists_gets_one_mail_that_remembers_the_lists(session: Session) -> None:
    house = make_house(session)
    partners = create_list(session, house.workspace.id, "parter", "Parter", now=NOON)
    both = make_subscriber(session, house.workspace, "both@example.org")
    for one in (house.mailing_list, partners):
        make_subscription(session, both, one)
    half = make_subscriber(session, house.workspace, "half@example.org")
    make_subscription(session, half, house.mailing_list, ENDED, ended_reason="left")
    make_subscription(session, half, partners)
    plan_dispatch(session, house.issue, [house.mailing_list, partners], actor="test", now=NOON)
    via = {row.subscriber_id: set(row.via.split(",")) for row in session.scalars(select(Delivery))}
    assert via == {both.id: {str(house.mailing_list.id), str(partners.id)}, half.id: {str(partners.id)}}


def test_an_issue_goes_to_a_list_once_and_later_lists_skip_who_has_it(session: Session) -> None:
    house = make_house(session)
    partners = create_list(session, house.workspace.id, "parter", "Parter", now=NOON)
    readers = make_readers(session, house.mailing_list, 2)
    make_subscription(session, readers[0], partners)
    make_subscription(session, make_subscriber(session, house.workspace, "new@example.org"), partners)
    plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    with pytest.raises(RefusedError, match="already been sent to the list Nyhetsbrevet"):
        plan_dispatch(session, house.issue, [house.mailing_list, partners], actor="test", now=NOON)
    second = plan_dispatch(session, house.issue, [partners], actor="test", now=NOON)
    assert reasons(session, second) == {"reader1@example.org": "already_sent", "new@example.org": ""}


def test_an_empty_list_is_refused(session: Session) -> None:
    house = make_house(session)
    with pytest.raises(RefusedError, match="Nobody would get the mail"):
        plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)


@pytest.mark.parametrize(
    "block",
    [
        {"id": "hi", "type": "greeting", "v": 1, "data": {"template": "Hej!"}},
        {"id": "web", "type": "text", "v": 1, "hidden_in": ["email"], "data": {"body": "<p>Bara på webben.</p>"}},
        {"id": "some", "type": "text", "v": 1, "audience": ["parter"], "data": {"body": "<p>Bara till parter.</p>"}},
    ],
)
def test_a_mail_without_anything_to_read_is_refused(session: Session, block: dict[str, object]) -> None:
    house = make_house(session, blocks=[block])
    create_list(session, house.workspace.id, "parter", "Parter", now=NOON)
    make_readers(session, house.mailing_list, 1)
    with pytest.raises(RefusedError, match="none of its readers would have anything to read"):
        plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)


def test_batches_cover_every_sequence_once(session: Session) -> None:
    house = make_house(session)
    make_readers(session, house.mailing_list, 1201)
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    ranges = session.execute(
        select(Batch.first_sequence, Batch.last_sequence, Batch.planned).order_by(Batch.first_sequence)
    ).all()
    assert [tuple(row) for row in ranges] == [(1, 500, 500), (501, 1000, 500), (1001, 1201, 201)]
    assert dispatch.planned_count == 1201


def test_a_large_dispatch_has_larger_batches(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailer.deliveries.start.LARGE_DISPATCH", 1200)
    house = make_house(session)
    make_readers(session, house.mailing_list, 1201)
    plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    ranges = session.execute(select(Batch.first_sequence, Batch.last_sequence).order_by(Batch.first_sequence)).all()
    assert [tuple(row) for row in ranges] == [(1, 1000), (1001, 1201)]


def test_readers_of_another_workspace_are_never_planned(session: Session) -> None:
    house, other = make_house(session), make_house(session, "charlie")
    make_readers(session, house.mailing_list, 1)
    make_readers(session, other.mailing_list, 3)
    plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    assert len(session.scalars(select(Delivery)).all()) == 1


def test_blocks_for_some_lists_give_one_variant_for_each_view(session: Session) -> None:
    house = make_house(
        session,
        blocks=[
            {"id": "all", "type": "text", "v": 1, "data": {"body": "<p>Till alla.</p>"}},
            {
                "id": "some",
                "type": "text",
                "v": 1,
                "audience": ["parter"],
                "data": {"body": "<p>Bara till parter.</p>"},
            },
        ],
    )
    partners = create_list(session, house.workspace.id, "parter", "Parter", now=NOON)
    readers = make_readers(session, house.mailing_list, 2)
    make_subscription(session, readers[0], partners)
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list, partners], actor="test", now=NOON)
    variants = session.scalars(select(SnapshotVariant)).all()
    assert sorted("Bara till parter" in one.html for one in variants) == [False, True]
    assert "Bara till parter" not in session.get_one(Snapshot, dispatch.snapshot_id).web


def test_the_snapshot_does_not_change_when_the_newsletter_does(session: Session) -> None:
    house = make_house(session)
    make_readers(session, house.mailing_list, 1)
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    house.newsletter.sender_name = "Någon annan"
    session.flush()
    assert session.get_one(Snapshot, dispatch.snapshot_id).identity["sender_name"] == "Föreningen Viken"
    assert session.scalars(select(Delivery)).one().state == State.PLANNED
    assert make_issue(session, house.newsletter, "2026:2").state == "draft"
