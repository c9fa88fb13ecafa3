"""Changing a newsletter's name, From address and lists: all or nothing, and over nobody's words."""

import pytest
from sqlalchemy.orm import Session

from mailer.errors import InvalidError, OvertakenError
from mailer.lists.queries import create_list
from mailer.newsletters.change import change_settings
from mailer.newsletters.queries import default_lists
from mailer.newsletters.senders import is_others_domain
from tests.factories.newsletters import NOON, make_house

WAS = {"name": "Nyheter från Viken", "sender_email": "brev@example.org"}
WANTED = {"name": "Vikenbrevet", "sender_email": "ny@example.org"}


def test_what_changed_is_named(session: Session) -> None:
    house = make_house(session)
    other = create_list(session, house.workspace.id, "parter", "Parter", now=NOON)
    lists = [house.mailing_list, other]
    assert change_settings(session, house.newsletter, WANTED, lists, was=WAS) == ["name", "sender_email", "lists"]
    assert change_settings(session, house.newsletter, WANTED, lists, was=WANTED) == []
    assert default_lists(session, house.newsletter.id) == lists
    assert house.newsletter.slug == "viken"


def test_every_fault_is_named_and_nothing_has_changed(session: Session) -> None:
    house = make_house(session)
    with pytest.raises(InvalidError) as invalid:
        change_settings(session, house.newsletter, {"name": "", "sender_email": "nobody"}, [], was=WAS)
    assert [problem.field for problem in invalid.value.problems] == ["name", "sender_email", "lists"]
    assert house.newsletter.name == WAS["name"]
    assert default_lists(session, house.newsletter.id) == [house.mailing_list]


def test_a_name_of_another_workspace_may_be_used(session: Session) -> None:
    house, other = make_house(session), make_house(session, "udden")
    other.newsletter.name = "Vikenbrevet"
    assert change_settings(session, house.newsletter, WANTED, [house.mailing_list], was=WAS)


def test_only_what_somebody_else_has_changed_is_told(session: Session) -> None:
    house = make_house(session)
    house.newsletter.name = "Deras namn"
    with pytest.raises(OvertakenError) as overtaken:
        change_settings(session, house.newsletter, WANTED, [house.mailing_list], was=WAS)
    assert overtaken.value.theirs == {"name": "Deras namn"}
    assert house.newsletter.sender_email == WAS["sender_email"]
    kept = {**WAS, "sender_email": "ny@example.org"}
    assert change_settings(session, house.newsletter, kept, [house.mailing_list], was=WAS) == ["sender_email"]
    assert house.newsletter.name == "Deras namn"


def test_nobody_writes_in_the_name_of_another_workspace(session: Session) -> None:
    house, other = make_house(session), make_house(session, "udden")
    other.newsletter.sender_email = "brev@region.example"
    session.flush()
    for address in ("vi@region.example", "vi@REGION.example", "vi@brev.region.example"):
        with pytest.raises(InvalidError) as invalid:
            change_settings(session, house.newsletter, {"sender_email": address}, [house.mailing_list], was=WAS)
        assert [problem.field for problem in invalid.value.problems] == ["sender_email"]
    own = {"sender_email": "vi@vikregion.example"}
    assert change_settings(session, house.newsletter, own, [house.mailing_list], was=WAS) == ["sender_email"]
    session.flush()
    assert is_others_domain(session, other.workspace.id, "vi@vikregion.example")
    assert not is_others_domain(session, other.workspace.id, "nyheter@region.example")
