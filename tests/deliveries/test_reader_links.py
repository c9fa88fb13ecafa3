"""Readers' links: alive for one person, one purpose and the lists of that dispatch."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.reader_links import leave_by_link, open_reader_link
from mailer.deliveries.start import plan_dispatch
from mailer.errors import NotFoundError
from mailer.lists.queries import create_list
from mailer.subscribers.models import ACTIVE, ENDED, Consent, Subscription
from mailer.tokens import sign
from tests.factories.newsletters import NOON, House, make_house
from tests.factories.subscribers import make_readers


@pytest.fixture
def house(session: Session) -> House:
    house = make_house(session)
    make_readers(session, house.mailing_list, 1)
    return house


def test_leaving_ends_the_lists_of_that_dispatch_and_no_others_and_once(session: Session, house: House) -> None:
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    reader = session.scalars(select(Subscription)).one().subscriber_id
    other = create_list(session, house.workspace.id, "annan", "Annan", now=NOON)
    session.add(Subscription(list_id=other.id, subscriber_id=reader, state=ACTIVE, started_at=NOON))
    session.flush()
    token = sign("leave", reader, dispatch.id, 0)
    assert leave_by_link(session, open_reader_link(session, "leave", token), now=NOON, source="one-click")
    assert not leave_by_link(session, open_reader_link(session, "leave", token), now=NOON, source="one-click")
    states = {row.list_id: row.state for row in session.scalars(select(Subscription))}
    assert states == {house.mailing_list.id: ENDED, other.id: ACTIVE}
    assert [row.verb for row in session.scalars(select(Consent)).all()] == ["withdrawn"]
    assert open_reader_link(session, "leave", token).has_left


def test_b12_a_link_is_dead_for_another_purpose_generation_workspace_or_reader(session: Session, house: House) -> None:
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    other = make_house(session, "charlie")
    stranger = make_readers(session, other.mailing_list, 1)[0]
    reader = session.scalars(select(Subscription).where(Subscription.list_id == house.mailing_list.id)).one()
    dead = [
        sign("manage", reader.subscriber_id, dispatch.id, 0),
        sign("leave", reader.subscriber_id, dispatch.id, 1),
        sign("leave", stranger.id, dispatch.id, 0),
        sign("leave", 999_999, dispatch.id, 0),
        sign("leave", reader.subscriber_id, 999_999, 0),
    ]
    for token in dead:
        with pytest.raises(NotFoundError):
            open_reader_link(session, "leave", token)


def test_leaving_by_an_old_mail_keeps_a_list_that_was_joined_since(session: Session, house: House) -> None:
    partners = create_list(session, house.workspace.id, "parter", "Parter", now=NOON)
    dispatch = plan_dispatch(session, house.issue, [house.mailing_list, partners], actor="test", now=NOON)
    reader = session.scalars(select(Subscription)).one().subscriber_id
    session.add(Subscription(list_id=partners.id, subscriber_id=reader, state=ACTIVE, started_at=NOON))
    session.flush()
    link = open_reader_link(session, "leave", sign("leave", reader, dispatch.id, 0))
    assert [one.slug for one in link.lists] == ["viken"]
