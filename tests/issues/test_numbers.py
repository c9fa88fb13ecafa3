"""A draft's number: changed to a free one, refused at its field, and never a sent issue's."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.activity.models import Activity
from mailer.errors import InvalidError, NotFoundError, RefusedError
from mailer.issues.drafts import load_document
from mailer.issues.models import SENT
from mailer.issues.numbers import renumber_draft
from mailer.issues.queries import find_issue, get_issue_by_id
from mailer.issues.revisions import keep_revision
from mailer.issues.starting import start_issue
from mailer.issues.steps import find_undoable, undo_step
from tests.factories.newsletters import NOON, House, make_house, make_issue


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def renumber(session: Session, house: House, number: str, *, is_year_right: bool = False) -> None:
    renumber_draft(session, house.issue, number, is_year_right=is_year_right, actor="test", now=NOON)


def test_a_draft_gets_another_number_and_keeps_all_that_is_in_it(session: Session, house: House) -> None:
    before, stored = load_document(session, house.issue), house.issue.id
    renumber(session, house, "2026:7")
    session.expire_all()
    found = find_issue(session, house.newsletter.id, 2026, 7)
    assert found is not None
    assert found.id == stored
    assert load_document(session, found) == before.model_copy(update={"number": "2026:7"})
    assert find_issue(session, house.newsletter.id, 2026, 1) is None
    fact = session.scalars(select(Activity).where(Activity.verb == "issue.renumbered")).one()
    assert (fact.subject, fact.detail) == (f"issue:{stored}", {"number": "2026:7", "former": "2026:1"})


def test_the_same_number_is_no_change(session: Session, house: House) -> None:
    renumber(session, house, "2026:1")
    assert session.scalars(select(Activity).where(Activity.verb == "issue.renumbered")).all() == []


def test_a_number_of_another_issue_is_refused_and_nothing_has_changed(session: Session, house: House) -> None:
    make_issue(session, house.newsletter, "2026:2")
    with pytest.raises(RefusedError, match="2026:2"):
        renumber(session, house, "2026:2")
    assert house.issue.number == "2026:1"
    make_issue(session, make_house(session, "udden").newsletter, "2026:3")
    renumber(session, house, "2026:3")  # another newsletter's


@pytest.mark.parametrize(
    ("number", "field"),
    [("", "number"), ("2026", "number"), ("2026:0", "number"), ("2026:1000", "number"), ("2099:1", "is_year_right")],
)
def test_what_is_no_number_is_refused_at_its_field(session: Session, house: House, number: str, field: str) -> None:
    with pytest.raises(InvalidError) as invalid:
        renumber(session, house, number)
    assert [problem.field for problem in invalid.value.problems] == [field]
    assert house.issue.number == "2026:1"


def test_a_year_far_away_is_right_when_somebody_says_so_or_the_draft_has_it(session: Session, house: House) -> None:
    renumber(session, house, "2099:1", is_year_right=True)
    renumber(session, house, "2099:2")
    assert house.issue.number == "2099:2"


def test_what_was_sent_keeps_its_number(session: Session, house: House) -> None:
    house.issue.state = SENT
    session.flush()
    with pytest.raises(RefusedError, match="has been sent"):
        renumber(session, house, "2026:7")
    assert house.issue.number == "2026:1"


def test_a_subject_that_names_nothing_else_follows_and_can_be_undone(session: Session, house: House) -> None:
    issue = start_issue(session, house.newsletter, "2026:2", actor="test", now=NOON)
    assert issue.subject == "Nyhetsbrev 2026:2"
    renumber_draft(session, issue, "2026:3", actor="test", now=NOON)
    assert issue.subject == "Nyhetsbrev 2026:3"
    assert find_undoable(session, issue.id)
    undo_step(session, issue, NOON)
    assert (issue.subject, issue.number) == ("Nyhetsbrev 2026:2", "2026:3")
    renumber(session, house, "2026:4")
    assert house.issue.subject == "Våren kommer till Viken"


def test_what_was_kept_of_it_stays(session: Session, house: House) -> None:
    keep_revision(session, house.issue, "restore", actor="test", now=NOON)
    renumber(session, house, "2026:7")
    keep_revision(session, house.issue, "restore", actor="test", now=NOON)
    assert house.issue.revision == 3


def test_an_issue_is_found_by_id_in_its_own_newsletter_only(session: Session, house: House) -> None:
    other = make_house(session, "udden")
    assert get_issue_by_id(session, house.newsletter.id, house.issue.id) == house.issue
    for issue_id in (other.issue.id, 10**17):
        with pytest.raises(NotFoundError):
            get_issue_by_id(session, house.newsletter.id, issue_id)
