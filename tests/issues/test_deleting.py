"""Deleting a draft: nothing of it stays but what was asked for, a sent issue stays, and a Send beside it is clean."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from mailer.accounts.queries import create_user
from mailer.activity.models import Activity
from mailer.db import transaction
from mailer.deliveries.models import Dispatch
from mailer.deliveries.start import start_dispatch
from mailer.errors import InvalidError, NotFoundError, RefusedError
from mailer.issues.deleting import delete_draft
from mailer.issues.drafts import load_document
from mailer.issues.editing import add_block, lock_draft
from mailer.issues.models import SENT, BlockRow, Issue, IssueStep, IssueTemplate, Presence, Revision
from mailer.issues.presence import GONE_AFTER, list_present, note_presence
from mailer.issues.saved import list_templates
from mailer.issues.starting import start_issue
from mailer.subscribers.joining import add_subscriber, join_lists
from tests.factories.newsletters import NOON, House, make_house

BY: dict[str, Any] = {"actor": "test", "now": NOON}
PARTS = (Issue, BlockRow, IssueStep, Revision, Presence)


@pytest.fixture
def house(session: Session) -> House:
    """A draft with steps, a revision, and somebody in it."""
    house = make_house(session)
    add_block(session, house.issue, "text", {"body": "<p>Nytt</p>"}, "", **BY)
    note_presence(session, house.issue, create_user(session, "a@example.org", now=NOON), "t", "", NOON)
    return house


def count(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(part)) or 0 for part in PARTS]


def test_nothing_of_a_deleted_draft_stays_but_that_it_was_there(session: Session, house: House) -> None:
    assert 0 not in count(session)
    delete_draft(session, house.issue, **BY)
    assert count(session) == [0] * len(PARTS)
    fact = session.scalars(select(Activity).where(Activity.verb == "issue.deleted")).one()
    assert (fact.actor, fact.subject) == ("test", f"issue:{house.issue.id}")
    assert fact.detail == {"newsletter": house.newsletter.id, "number": "2026:1"}
    assert start_issue(session, house.newsletter, "2026:1", **BY).number == "2026:1"


def test_what_was_in_it_is_kept_as_a_template_to_begin_from(session: Session, house: House) -> None:
    blocks = load_document(session, house.issue).blocks
    with pytest.raises(InvalidError):
        delete_draft(session, house.issue, keep_as=" ", **BY)
    assert count(session)[0] == 1
    delete_draft(session, house.issue, keep_as="Kvar", **BY)
    (template,) = list_templates(session, house.newsletter.id)
    again = start_issue(session, house.newsletter, "2026:1", template=template, **BY)
    assert load_document(session, again).blocks == blocks


def test_a_sent_issue_is_never_deleted(session: Session, house: House) -> None:
    house.issue.state = SENT
    session.flush()
    with pytest.raises(RefusedError):
        delete_draft(session, house.issue, keep_as="Kvar", **BY)
    assert count(session)[0] == 1
    assert session.scalars(select(IssueTemplate)).all() == []


def test_what_comes_after_finds_it_gone(session: Session, house: House) -> None:
    user = create_user(session, "b@example.org", now=NOON)
    delete_draft(session, house.issue, **BY)
    for act in (
        lambda: delete_draft(session, house.issue, **BY),
        lambda: lock_draft(session, house.issue.id),
        lambda: note_presence(session, house.issue, user, "t", "", NOON),
        lambda: start_dispatch(session, house.issue, [house.mailing_list], **BY),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_who_has_it_open_is_told(session: Session, house: House) -> None:
    me = create_user(session, "b@example.org", now=NOON)
    assert [one.name for one in list_present(session, house.issue, me, NOON)] == ["a@example.org"]
    assert list_present(session, house.issue, me, NOON + GONE_AFTER + timedelta(seconds=1)) == []


def test_sending_and_deleting_at_the_same_moment_is_one_of_them(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        reader = add_subscriber(session, house.workspace.id, "anna@example.org", now=NOON)
        join_lists(session, reader, [house.mailing_list.id], now=NOON, source="test")
    barrier, done = Barrier(2), []

    def send() -> None:
        barrier.wait()
        try:
            with transaction(engine) as session:
                start_dispatch(session, session.merge(house.issue, load=False), [house.mailing_list], **BY)
            done.append("sent")
        except NotFoundError:
            pass

    def delete() -> None:
        barrier.wait()
        try:
            with transaction(engine) as session:
                delete_draft(session, house.issue, **BY)
            done.append("deleted")
        except RefusedError:
            pass

    threads = [Thread(target=act) for act in (send, delete)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as session:
        left = session.scalars(select(Issue.state)).all(), session.scalar(select(func.count()).select_from(Dispatch))
    assert (done, left) in ((["sent"], ([SENT], 1)), (["deleted"], ([], 0)))
