"""Editing a draft block by block: each change is checked, undone, done again, and never runs over somebody else's."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from mailer.db import transaction
from mailer.errors import InvalidError, NotFoundError, RefusedError
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.editing import (
    ConflictError,
    add_block,
    change_block,
    delete_block,
    duplicate_block,
    get_block,
    lock_draft,
    move_block,
    place_block,
    restore_revision,
)
from mailer.issues.facts import change_facts
from mailer.issues.models import SENT, Issue, IssueStep
from mailer.issues.revisions import keep_revision, list_revisions
from mailer.issues.saved import get_saved
from mailer.issues.saving import delete_saved, save_block
from mailer.issues.steps import MOST_STEPS, ONE_STEP, find_redoable, find_undoable, redo_step, undo_step
from tests.factories.newsletters import NOON, House, make_house, make_issue

BY: dict[str, Any] = {"actor": "test", "now": NOON}


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def read(session: Session, issue: Issue) -> dict[str, Any]:
    return dump_document(load_document(session, issue))


def ids(session: Session, issue: Issue) -> list[str]:
    return [block["id"] for block in read(session, issue)["blocks"]]


def change(session: Session, issue: Issue, block_id: str, data: dict[str, Any], **more: Any) -> None:  # noqa: ANN401
    row = get_block(session, issue, block_id)
    values: dict[str, Any] = {"hidden_in": [], "audience": [], "revision": row.revision} | more
    change_block(session, issue, block_id, data, **values, **BY)


def test_blocks_are_added_behind_one_another_or_first(session: Session, house: House) -> None:
    first = add_block(session, house.issue, "heading", {"text": "Först"}, "", **BY).block_id
    second = add_block(session, house.issue, "divider", {}, first, **BY).block_id
    assert ids(session, house.issue) == [first, second, "hello", "pier"]


def test_what_is_wrong_is_named_and_changes_nothing(session: Session, house: House) -> None:
    before = read(session, house.issue)
    with pytest.raises(InvalidError) as refused:
        add_block(session, house.issue, "event", {"heading": "", "start": "i går"}, "hello", **BY)
    assert {problem.field for problem in refused.value.problems} == {"heading", "start"}
    with pytest.raises(InvalidError):
        change(session, house.issue, "pier", {"heading": "x" * 81, "body": "<p>y</p>"})
    with pytest.raises(NotFoundError):
        add_block(session, house.issue, "carousel", {}, "", **BY)
    assert read(session, house.issue) == before
    assert find_undoable(session, house.issue.id) is None


def test_moving_stops_at_the_ends(session: Session, house: House) -> None:
    move_block(session, house.issue, "pier", -1, **BY)
    assert ids(session, house.issue) == ["pier", "hello"]
    for _ in range(2):
        move_block(session, house.issue, "pier", -1, **BY)
    move_block(session, house.issue, "hello", 5, **BY)
    assert ids(session, house.issue) == ["pier", "hello"]
    move_block(session, house.issue, "pier", 1, **BY)
    assert ids(session, house.issue) == ["hello", "pier"]


def test_a_copy_stands_behind_its_original_with_everything_it_has(session: Session, house: House) -> None:
    change(
        session, house.issue, "pier", {"heading": "Ny", "body": "<p>Text</p>"}, hidden_in=["web"], audience=["viken"]
    )
    copy = duplicate_block(session, house.issue, "hello", **BY)
    other = duplicate_block(session, house.issue, "pier", **BY)
    document = read(session, house.issue)["blocks"]
    assert [block["id"] for block in document] == ["hello", copy, "pier", other]
    assert {**document[3], "id": "pier"} == document[2]
    assert document[3]["audience"] == ["viken"]


def test_somebody_elses_change_is_not_run_over(session: Session, house: House) -> None:
    opened = get_block(session, house.issue, "pier").revision
    change(session, house.issue, "pier", {"heading": "Bobs", "body": "<p>Bob</p>"})
    with pytest.raises(ConflictError) as conflict:
        change(session, house.issue, "pier", {"heading": "Alices", "body": "<p>Alice</p>"}, revision=opened)
    assert conflict.value.theirs.data["heading"] == "Bobs"


def test_saving_without_a_change_is_no_step(session: Session, house: House) -> None:
    change(session, house.issue, "pier", get_block(session, house.issue, "pier").data)
    assert find_undoable(session, house.issue.id) is None


def test_facts_are_checked_like_those_of_a_document(session: Session, house: House) -> None:
    change_facts(session, house.issue, {"subject": "Nytt ämne", "date": "2026-04-01", "lang": "en"}, **BY)
    assert (house.issue.subject, house.issue.language) == ("Nytt ämne", "en")
    with pytest.raises(InvalidError) as refused:
        change_facts(session, house.issue, {"subject": "", "preheader": "x" * 111}, **BY)
    assert {problem.field for problem in refused.value.problems} == {"subject", "preheader"}
    undo_step(session, house.issue, NOON)
    assert (house.issue.subject, house.issue.published_on) == ("Våren kommer till Viken", None)


def test_every_step_can_be_undone_and_done_again(session: Session, house: House) -> None:
    chance = random.Random(7)
    states = [read(session, house.issue)]
    for number in range(40):
        there = ids(session, house.issue)
        act = chance.choice(["add", "change", "copy", "move", "delete", "facts"]) if there else "add"
        one = chance.choice(there) if there else ""
        if act == "add":
            add_block(session, house.issue, "heading", {"text": f"Rubrik {number}"}, one, **BY)
        elif act == "change" and get_block(session, house.issue, one).kind == "heading":
            change(session, house.issue, one, {"text": f"Ändrad {number}"}, hidden_in=["text"])
        elif act == "copy":
            duplicate_block(session, house.issue, one, **BY)
        elif act == "move":
            move_block(session, house.issue, one, chance.choice([-1, 1]), **BY)
        elif act == "delete":
            delete_block(session, house.issue, one, **BY)
        else:
            change_facts(session, house.issue, {"subject": f"Ämne {number}"}, **BY)
        if (now := read(session, house.issue)) != states[-1]:
            states.append(now)
    for state in reversed(states[:-1]):
        assert undo_step(session, house.issue, NOON)
        assert read(session, house.issue) == state
    assert undo_step(session, house.issue, NOON) is None
    for state in states[1:]:
        assert redo_step(session, house.issue, NOON)
        assert read(session, house.issue) == state
    assert redo_step(session, house.issue, NOON) is None


def test_one_copy_is_made_however_often_it_is_asked_for(session: Session, house: House) -> None:
    copies = {duplicate_block(session, house.issue, "pier", copy_id="text-0a1b2c3d", **BY) for _ in range(2)}
    assert copies == {"text-0a1b2c3d"}
    assert ids(session, house.issue) == ["hello", "pier", "text-0a1b2c3d"]
    other = duplicate_block(session, house.issue, "pier", copy_id="hello", **BY)
    assert ids(session, house.issue) == ["hello", "pier", other, "text-0a1b2c3d"]
    undo_step(session, house.issue, NOON)
    undo_step(session, house.issue, NOON)
    assert ids(session, house.issue) == ["hello", "pier"]


def test_a_new_step_forgets_what_was_undone(session: Session, house: House) -> None:
    delete_block(session, house.issue, "pier", **BY)
    undo_step(session, house.issue, NOON)
    assert find_redoable(session, house.issue.id)
    move_block(session, house.issue, "pier", -1, **BY)
    assert find_redoable(session, house.issue.id) is None


def test_undoing_keeps_what_somebody_else_has_added_since(session: Session, house: House) -> None:
    move_block(session, house.issue, "pier", -1, **BY)
    step = find_undoable(session, house.issue.id)
    theirs = add_block(session, house.issue, "heading", {"text": "Bobs"}, "hello", **BY).block_id
    assert step
    session.delete(find_undoable(session, house.issue.id))
    session.flush()
    undo_step(session, house.issue, NOON)
    assert ids(session, house.issue) == ["hello", "pier", theirs]


def test_a_block_that_comes_back_is_not_what_an_old_page_has_open(session: Session, house: House) -> None:
    opened = get_block(session, house.issue, "pier").revision
    change(session, house.issue, "pier", {"heading": "Ny", "body": "<p>Text</p>"})
    delete_block(session, house.issue, "pier", **BY)
    undo_step(session, house.issue, NOON)
    with pytest.raises(ConflictError):
        change(session, house.issue, "pier", {"heading": "Gammal", "body": "<p>x</p>"}, revision=opened)


def test_no_revision_of_a_block_ever_comes_back(session: Session, house: House) -> None:
    opened = [get_block(session, house.issue, "pier").revision]
    block_id = add_block(session, house.issue, "heading", {"text": "Ny"}, "pier", **BY).block_id
    opened.append(get_block(session, house.issue, block_id).revision)
    undo_step(session, house.issue, NOON)
    redo_step(session, house.issue, NOON)
    opened.append(get_block(session, house.issue, block_id).revision)
    keep_revision(session, house.issue, "day", **BY)
    delete_block(session, house.issue, block_id, **BY)
    restore_revision(session, house.issue, list_revisions(session, house.issue)[0], **BY)
    opened.append(get_block(session, house.issue, block_id).revision)
    make_issue(session, house.newsletter)  # replaces the draft as a whole
    opened.append(get_block(session, house.issue, "pier").revision)
    assert opened == sorted(set(opened))


def test_changing_a_block_writes_that_block_alone(engine: Engine) -> None:
    with transaction(engine) as session:
        issue = make_house(session, blocks=[{"id": f"b{n}", "type": "divider", "data": {}} for n in range(8)]).issue
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
        change(session, issue, "b3", {"style": "space"})
        assert [one.startswith("UPDATE blocks SET position") for one in statements if "UPDATE blocks" in one] == [False]


def test_steps_do_not_grow_without_end(session: Session, house: House) -> None:
    for number in range(MOST_STEPS + 20):
        change_facts(session, house.issue, {"subject": f"Ämne {number}"}, actor="1", now=NOON + number * ONE_STEP)
    assert session.query(IssueStep).count() == MOST_STEPS


def test_what_is_typed_without_a_pause_is_one_step(session: Session, house: House) -> None:
    before = read(session, house.issue)
    for number in range(5):
        now = NOON + number * ONE_STEP / 2
        change_facts(session, house.issue, {"subject": f"Ämne {number}"}, actor="1", now=now)
    change_facts(session, house.issue, {"subject": "Bobs ämne"}, actor="2", now=now)
    undo_step(session, house.issue, NOON)
    assert read(session, house.issue)["subject"] == "Ämne 4"
    undo_step(session, house.issue, NOON)
    assert read(session, house.issue) == before


def test_a_tab_never_meets_itself_and_the_same_text_meets_nobody(session: Session, house: House) -> None:
    opened = get_block(session, house.issue, "pier").revision
    typed = {"heading": "Ny", "body": "<p>Text</p>"}
    change(session, house.issue, "pier", typed, revision=opened, tab="one")
    change(session, house.issue, "pier", typed, revision=opened, tab="two")
    change(session, house.issue, "pier", typed | {"heading": "Nyare"}, revision=opened, tab="one")
    with pytest.raises(ConflictError):
        change(session, house.issue, "pier", typed | {"heading": "Annan"}, revision=opened, tab="two")
    assert read(session, house.issue)["blocks"][1]["data"]["heading"] == "Nyare"


def test_a_new_block_keeps_the_id_of_its_form_when_it_is_a_proper_one(session: Session, house: House) -> None:
    kept = add_block(session, house.issue, "divider", {}, "", block_id="divider-0123abcd", **BY)
    other = add_block(session, house.issue, "divider", {}, "", block_id="../0123", **BY)
    assert kept.block_id == "divider-0123abcd"
    assert re.fullmatch("divider-[0-9a-f]{8}", other.block_id)


def test_a_block_is_put_in_a_place_and_beyond_the_ends_it_is_the_end(session: Session, house: House) -> None:
    for place, order in ((5, ["pier", "hello"]), (-3, ["hello", "pier"]), (1, ["pier", "hello"])):
        place_block(session, house.issue, "hello", place, **BY)
        assert ids(session, house.issue) == order


def test_a_sent_issue_cannot_be_changed(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        house.issue.state = SENT
        session.flush()
        with pytest.raises(RefusedError):
            lock_draft(session, house.issue.id)


def test_a_saved_block_is_not_deleted_while_somebody_puts_it_in(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)
        save_block(session, house.issue, "pier", "Bryggan", is_shared=False, **BY)
        get_saved(session, house.newsletter.id, "bryggan").is_shared = True

    def delete() -> None:
        with transaction(engine) as session:
            saved = get_saved(session, house.newsletter.id, "bryggan", for_change=True)
            delete_saved(session, house.newsletter, saved, **BY)

    with ThreadPoolExecutor(1) as threads:
        with transaction(engine) as session:
            issue = lock_draft(session, house.issue.id)
            add_block(session, issue, "saved", {"saved": "bryggan"}, "hello", **BY)
            deleted = threads.submit(delete)
            with pytest.raises(TimeoutError):
                deleted.result(timeout=0.3)
        with pytest.raises(RefusedError, match="still stands in drafts"):
            deleted.result()
