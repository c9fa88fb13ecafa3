"""Revisions: kept by themselves, compared in words, and put back so that it can be undone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.editing import add_block, delete_block, restore_revision
from mailer.issues.facts import change_facts
from mailer.issues.revisions import Compared, compare_documents, get_revision, is_reordered, list_revisions
from mailer.issues.steps import undo_step
from tests.factories.newsletters import NOON, House, make_house

BY: dict[str, Any] = {"actor": "1", "now": NOON}


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def read(session: Session, house: House) -> dict[str, Any]:
    return dump_document(load_document(session, house.issue))


def test_the_first_change_of_a_day_keeps_what_was_there(session: Session, house: House) -> None:
    morning = read(session, house)
    change_facts(session, house.issue, {"subject": "Ett"}, **BY)
    change_facts(session, house.issue, {"subject": "Två"}, **BY)
    assert [row.document for row in list_revisions(session, house.issue)] == [morning]
    evening = read(session, house)
    change_facts(session, house.issue, {"subject": "Tre"}, actor="1", now=NOON + timedelta(days=1))
    assert [(row.document, row.reason) for row in list_revisions(session, house.issue)] == [
        (evening, "day"),
        (morning, "day"),
    ]


def test_only_the_first_change_of_a_day_is_its_morning(session: Session, house: House) -> None:
    change_facts(session, house.issue, {"subject": "Ett"}, **BY)
    undo_step(session, house.issue, NOON)  # back to what the first day's morning is
    kept = len(list_revisions(session, house.issue))
    for hour in range(3):
        later = NOON + timedelta(days=1, hours=hour)
        change_facts(session, house.issue, {"subject": f"Halvskrivet {hour}"}, actor="1", now=later)
    assert len(list_revisions(session, house.issue)) == kept


def test_a_version_is_put_back_and_the_change_undone(session: Session, house: House) -> None:
    morning = read(session, house)
    change_facts(session, house.issue, {"subject": "Ett"}, **BY)
    delete_block(session, house.issue, "hello", **BY)
    add_block(session, house.issue, "heading", {"text": "Ny"}, "", **BY)
    before = read(session, house)
    restore_revision(session, house.issue, list_revisions(session, house.issue)[0], **BY)
    assert read(session, house) == morning
    newest = list_revisions(session, house.issue)[0]
    assert (newest.document, newest.reason) == (before, "restore")
    undo_step(session, house.issue, NOON)
    assert read(session, house) == before
    with pytest.raises(NotFoundError):
        get_revision(session, house.issue, 99)


def document(*blocks: dict[str, Any], subject: str = "Ämne") -> dict[str, Any]:
    return {"subject": subject, "blocks": list(blocks)}


def block(name: str, heading: str, body: str) -> dict[str, Any]:
    return {"id": name, "type": "text", "data": {"heading": heading, "body": f"<p>{body}</p>"}}


def marked(one: Compared) -> tuple[str, str]:
    sides = (
        "".join(f"[{run.words}]" if run.is_changed else run.words for run in side or ()) for side in (one.then, one.now)
    )
    return next(sides), next(sides)


def test_two_documents_are_compared_word_by_word() -> None:
    then = document(block("a", "Hej", "Vi ses på torsdag i Viken"), block("b", "Borta", "Snart"))
    now = document(block("c", "Ny", "Här"), block("a", "Hej", "Vi ses på fredag i Viken"))
    facts, new, changed, gone = compare_documents(then, now)
    assert not facts.is_changed
    assert marked(changed) == ("Hej\nVi ses på [torsdag ]i Viken", "Hej\nVi ses på [fredag ]i Viken")
    assert (new.then, marked(new)[1]) == (None, "[Ny\nHär]")
    assert (gone.now, marked(gone)[0]) == (None, "[Borta\nSnart]")


def test_the_facts_of_the_issue_are_compared_as_well() -> None:
    facts = compare_documents(document(subject="Gammalt ämne"), document(subject="Nytt ämne"))[0]
    assert facts.is_changed
    assert marked(facts)[1].startswith("[Nytt ]ämne")


def test_a_change_that_cannot_be_read_is_a_change_nevertheless() -> None:
    then, now = document(block("a", "Hej", "Vi ses")), document(block("a", "Hej", "Vi ses") | {"hidden_in": ["web"]})
    changed = compare_documents(then, now)[1]
    assert (changed.is_changed, changed.reads_the_same) == (True, True)
    assert not compare_documents(then, then)[1].is_changed


def test_another_order_is_told_and_what_came_or_went_is_none() -> None:
    a, b, c = (block(name, name, name) for name in "abc")
    assert is_reordered(document(a, b), document(b, c, a))
    assert not is_reordered(document(a, b), document(a, c, b))
    assert not is_reordered(document(a, b), document(b))


def test_a_picture_is_compared_by_its_words_and_a_moment_as_it_is_written() -> None:
    image = {"asset": "0" * 64, "alt": "En brygga", "focus": [0.2, 0.8]}
    hero = {"id": "h", "type": "hero", "data": {"image": image}}
    event = {"id": "e", "type": "event", "data": {"heading": "Möte", "start": "2030-12-06T12:00+01:00"}}
    shown = compare_documents(document(hero, event), document(hero, event))
    assert [marked(one)[0] for one in shown[1:]] == ["En brygga", "Möte\n2030-12-06 12:00"]


def test_a_shared_block_is_compared_by_what_it_says_and_by_its_short_name_once_it_is_gone() -> None:
    def place(short_name: str) -> dict[str, Any]:
        return document({"id": "s", "type": "saved", "data": {"saved": short_name}})

    shared = {"grupper": "Arbetsgrupper\nVi ses på torsdagar", "kontakt": "Kontakt\nRing oss"}
    swapped = compare_documents(place("grupper"), place("kontakt"), shared)[1]
    assert marked(swapped) == ("[Arbetsgrupper\nVi ses på torsdagar]", "[Kontakt\nRing oss]")
    detached = compare_documents(place("grupper"), document(block("s", "Träffar", "Vi ses på torsdagar")), shared)[1]
    assert marked(detached) == ("[Arbetsgrupper\n]Vi ses på torsdagar", "[Träffar\n]Vi ses på torsdagar")
    assert (swapped.is_shared, detached.is_shared) == (True, True)
    assert marked(compare_documents(place("borta"), place("kontakt"), shared)[1])[0] == "[borta]"
