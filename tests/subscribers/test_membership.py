"""Joining, leaving, suppression: each changes a subscription once and leaves a consent record (trust cases C, W1)."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mailer.db import transaction
from mailer.errors import InvalidError, NotFoundError, RefusedError
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.subscribers.consent import list_consents
from mailer.subscribers.joining import add_subscriber, ask_to_join, join_lists
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING, Subscriber, Subscription, Suppression
from mailer.subscribers.queries import (
    count_by_state,
    find_by_address,
    get_by_address,
    get_subscriber,
    iter_subscribers,
    list_subscribers,
    list_subscriptions,
)
from mailer.subscribers.suppression import find_suppression, lift_suppression, suppress
from mailer.tokens import hash_address
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import create_workspace
from tests.factories.subscribers import NOON, make_readers, make_subscriber, make_subscription


@pytest.fixture
def workspace(session: Session) -> Workspace:
    return create_workspace(session, "viken", "Viken", now=NOON)


@pytest.fixture
def letters(session: Session, workspace: Workspace) -> MailingList:
    return create_list(session, workspace.id, "letters", "Letters", now=NOON)


@pytest.fixture
def partners(session: Session, workspace: Workspace) -> MailingList:
    return create_list(session, workspace.id, "partners", "Partners", now=NOON)


@pytest.fixture
def alice(session: Session, workspace: Workspace) -> Subscriber:
    return make_subscriber(session, workspace, "alice@example.org")


def state(session: Session, subscriber: Subscriber, mailing_list: MailingList) -> tuple[str, str]:
    found = session.execute(
        select(Subscription.state, Subscription.ended_reason).where(
            Subscription.subscriber_id == subscriber.id, Subscription.list_id == mailing_list.id
        )
    ).one()
    return found[0], found[1]


@pytest.mark.parametrize("before", [PENDING, ACTIVE, PAUSED])
def test_leaving_ends_an_open_subscription_once_with_one_record(
    before: str, session: Session, alice: Subscriber, letters: MailingList
) -> None:
    make_subscription(session, alice, letters, before)
    left = [leave_lists(session, alice, [letters.id], now=NOON, source="one-click") for _ in range(3)]
    assert left == [[letters.id], [], []]
    assert state(session, alice, letters) == (ENDED, "left")
    assert [(row.verb, row.list_id, row.source) for row in list_consents(session, alice)] == [
        ("withdrawn", letters.id, "one-click")
    ]


def test_leaving_touches_only_the_named_lists_of_that_person(
    session: Session, workspace: Workspace, alice: Subscriber, letters: MailingList, partners: MailingList
) -> None:
    bob = make_subscriber(session, workspace, "bob@example.org")
    for subscriber in (alice, bob):
        make_subscription(session, subscriber, letters)
        make_subscription(session, subscriber, partners)
    assert leave_lists(session, alice, [partners.id, 4711], now=NOON, source="page") == [partners.id]
    assert state(session, alice, letters) == (ACTIVE, "")
    assert state(session, bob, partners) == (ACTIVE, "")


def test_asking_again_does_not_bring_back_who_left_but_agreeing_does(
    session: Session, alice: Subscriber, letters: MailingList
) -> None:
    join_lists(session, alice, [letters.id], now=NOON, source="page", text_version="v1")
    leave_lists(session, alice, [letters.id], now=NOON, source="page")
    assert ask_to_join(session, alice, [letters.id], now=NOON) == []
    assert state(session, alice, letters) == (ENDED, "left")
    assert join_lists(session, alice, [letters.id], now=NOON, source="page", text_version="v2") == [letters.id]
    assert state(session, alice, letters) == (ACTIVE, "")
    records = [(row.verb, row.text_version) for row in list_consents(session, alice)]
    assert records == [("given", "v1"), ("withdrawn", ""), ("given", "v2")]


def test_pending_subscription_becomes_active_once(session: Session, alice: Subscriber, letters: MailingList) -> None:
    assert ask_to_join(session, alice, [letters.id], now=NOON) == [letters.id]
    assert state(session, alice, letters) == (PENDING, "")
    joined = [join_lists(session, alice, [letters.id], now=NOON, source="mail") for _ in range(3)]
    assert joined == [[letters.id], [], []]
    assert len(list_consents(session, alice)) == 1


def test_paused_subscription_stays_paused_when_its_owner_joins_again(
    session: Session, alice: Subscriber, letters: MailingList
) -> None:
    make_subscription(session, alice, letters, PAUSED)
    assert join_lists(session, alice, [letters.id], now=NOON, source="page") == []
    assert state(session, alice, letters) == (PAUSED, "")


def test_list_of_another_workspace_cannot_be_joined(session: Session, alice: Subscriber) -> None:
    other = create_workspace(session, "other", "Other", now=NOON)
    foreign = create_list(session, other.id, "letters", "Letters", now=NOON)
    assert join_lists(session, alice, [foreign.id], now=NOON, source="page") == []
    assert list_subscriptions(session, alice) == []


def test_suppression_ends_every_subscription_and_keeps_its_first_reason(
    session: Session, workspace: Workspace, alice: Subscriber, letters: MailingList, partners: MailingList
) -> None:
    make_subscription(session, alice, letters)
    make_subscription(session, alice, partners, ENDED, ended_reason="left")
    assert suppress(session, workspace.id, alice.address_hash, "complained", NOON) == [letters.id]
    assert suppress(session, workspace.id, alice.address_hash, "bounced", NOON) == []
    assert find_suppression(session, workspace.id, alice.address_hash)
    assert state(session, alice, letters) == (ENDED, "complained")
    assert state(session, alice, partners) == (ENDED, "left")
    assert session.scalars(select(Suppression.reason)).all() == ["complained"]
    assert [row.verb for row in list_consents(session, alice)] == ["withdrawn"]


def test_bounce_withdraws_no_consent(
    session: Session, workspace: Workspace, alice: Subscriber, letters: MailingList
) -> None:
    make_subscription(session, alice, letters)
    suppress(session, workspace.id, alice.address_hash, "bounced", NOON)
    assert list_consents(session, alice) == []


def test_address_without_subscriber_can_be_suppressed_in_one_workspace(session: Session, workspace: Workspace) -> None:
    other = create_workspace(session, "other", "Other", now=NOON)
    stranger = hash_address("stranger@example.org")
    assert suppress(session, workspace.id, stranger, "erased", NOON) == []
    assert find_suppression(session, workspace.id, stranger)
    assert not find_suppression(session, other.id, stranger)
    assert lift_suppression(session, workspace.id, stranger)
    assert not lift_suppression(session, workspace.id, stranger)


@pytest.mark.parametrize("reason", ["left", "erased"])
def test_agreeing_again_lifts_what_the_person_asked_for(
    reason: str, session: Session, workspace: Workspace, alice: Subscriber, letters: MailingList
) -> None:
    suppress(session, workspace.id, alice.address_hash, reason, NOON)
    assert join_lists(session, alice, [letters.id], now=NOON, source="mail") == [letters.id]
    assert not find_suppression(session, workspace.id, alice.address_hash)


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_address_that_bounced_or_complained_cannot_join(
    reason: str, session: Session, workspace: Workspace, alice: Subscriber, letters: MailingList
) -> None:
    suppress(session, workspace.id, alice.address_hash, reason, NOON)
    with pytest.raises(RefusedError, match=reason):
        join_lists(session, alice, [letters.id], now=NOON, source="mail")


def test_one_mailbox_is_one_subscriber_in_each_workspace(session: Session, workspace: Workspace) -> None:
    other = create_workspace(session, "other", "Other", now=NOON)
    first = add_subscriber(session, workspace.id, "Åsa@RÄKSMÖRGÅS.example.org", name="Åsa", now=NOON)
    again = add_subscriber(session, workspace.id, "åsa@xn--rksmrgs-5wao1o.example.org", name="Other", now=NOON)
    elsewhere = add_subscriber(session, other.id, "åsa@räksmörgås.example.org", now=NOON)
    assert (first.id, first.name, first.address) == (again.id, "Åsa", "Åsa@räksmörgås.example.org")
    assert elsewhere.id != first.id
    assert find_by_address(session, other.id, "ÅSA@räksmörgås.example.org") is elsewhere


def test_what_is_no_address_makes_no_subscriber(session: Session, workspace: Workspace) -> None:
    with pytest.raises(InvalidError):
        add_subscriber(session, workspace.id, "alice@example.org,bob@example.org", now=NOON)
    assert find_by_address(session, workspace.id, "alice@") is None


def test_stranger_workspace_does_not_find_a_subscriber(session: Session, alice: Subscriber) -> None:
    other = create_workspace(session, "other", "Other", now=NOON)
    with pytest.raises(NotFoundError):
        get_subscriber(session, other.id, alice.id)
    with pytest.raises(NotFoundError):
        get_by_address(session, other.id, alice.address)


def test_id_of_an_erased_subscriber_is_not_given_again(
    session: Session, workspace: Workspace, alice: Subscriber
) -> None:
    erased_id = alice.id
    session.delete(alice)
    session.flush()
    assert make_subscriber(session, workspace, "bob@example.org").id > erased_id


def test_subscribers_come_in_pages(session: Session, workspace: Workspace, letters: MailingList) -> None:
    readers = make_readers(session, letters, 5)
    make_subscriber(session, workspace, "elsewhere@example.org")
    first = list_subscribers(session, workspace.id, letters.id, limit=3)
    assert first == readers[:3]
    assert list_subscribers(session, workspace.id, letters.id, after=first[-1].id) == readers[3:]
    assert len(list_subscribers(session, workspace.id)) == 6
    assert list(iter_subscribers(session, letters.id, ACTIVE)) == readers


@pytest.mark.parametrize("search", ["åsa", "ÅSA", "Öberg", "öb", "a.oberg", "A.OBERG@", "a_ob", "  öberg "])
def test_search_finds_names_and_addresses_in_any_case(search: str, session: Session, workspace: Workspace) -> None:
    make_subscriber(session, workspace, "bob@example.org", name="Bob")
    make_subscriber(session, workspace, "A.Oberg@example.org", name="Åsa Öberg")
    make_subscriber(session, workspace, "a_ob@example.org", name="Öb Öberg Åsa")
    found = [one.address for one in list_subscribers(session, workspace.id, search=search)]
    assert found
    assert "bob@example.org" not in found
    assert found == ["a_ob@example.org"] or search != "a_ob"


def test_every_state_is_counted(session: Session, workspace: Workspace, letters: MailingList) -> None:
    make_readers(session, letters, 2)
    make_subscription(session, make_subscriber(session, workspace, "bob@example.org"), letters, PAUSED)
    assert count_by_state(session, letters.id) == {PENDING: 0, ACTIVE: 2, PAUSED: 1, ENDED: 0}


def test_consent_goes_with_the_subscriber_and_the_suppression_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        owner = create_workspace(session, "viken", "Viken", now=NOON)
        letters = create_list(session, owner.id, "letters", "Letters", now=NOON)
        alice = make_subscriber(session, owner)
        join_lists(session, alice, [letters.id], now=NOON, source="page")
        suppress(session, owner.id, alice.address_hash, "erased", NOON)
    with transaction(engine) as session:
        session.delete(session.merge(alice))
    with transaction(engine) as session:
        assert list_consents(session, alice) == []
        assert list_subscriptions(session, alice) == []
        assert find_suppression(session, owner.id, alice.address_hash)
