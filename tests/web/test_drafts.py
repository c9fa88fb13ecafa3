"""Drafts in many hands: facts of two people, steps that are meant, faults at their rows, issues that grow too large."""

import re

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import SignIn
from tests.web.test_composer import EDIT, ids, open_form, read
from tests.web.world import World

FACTS = {"preheader": "", "title": "", "lang": "sv", "date": ""}


def shown(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_facts_that_somebody_else_has_changed_are_not_overwritten(
    alice: TestClient, bob: TestClient, world: World
) -> None:
    page = alice.get(EDIT).text
    was = {f"was.{name}": shown(page, f"was.{name}") for name in ("subject", "preheader", "title", "date")}
    bob.post(f"{EDIT}/autosave", data={"subject": "Bobs ämne", "was.subject": was["was.subject"]})
    typed = {**FACTS, "subject": was["was.subject"], "preheader": "Alices rad"} | was
    assert alice.post(EDIT, data=typed).status_code == 303  # she has not touched the subject
    assert (read(world)["subject"], read(world)["preheader"]) == ("Bobs ämne", "Alices rad")
    answer = alice.post(EDIT, data=typed | {"subject": "Alices ämne", "was.preheader": "Alices rad"})
    assert answer.status_code == 422
    assert "Någon annan har skrivit här under tiden: ”Bobs ämne”." in answer.text
    assert 'value="Alices ämne"' in answer.text
    assert read(world)["subject"] == "Bobs ämne"
    again = {**typed, "subject": "Alices ämne", "was.subject": shown(answer.text, "was.subject")}
    again["was.preheader"] = "Alices rad"
    assert alice.post(EDIT, data=again).status_code == 303
    assert read(world)["subject"] == "Alices ämne"
    late = {"subject": "Bobs andra", "was.subject": "Bobs ämne"}
    for who, is_own in ((bob, False), (alice, True)):
        answer = who.post(f"{EDIT}/autosave", data=late)
        assert (answer.status_code, answer.json()) == (409, {"facts": {"subject": "Alices ämne"}, "isOwn": is_own})
    told = "Du har skrivit här under tiden, i en annan flik eller ett annat fönster: ”Alices ämne”."
    assert told in alice.post(EDIT, data=typed | {"subject": "Alices tredje", "was.preheader": "Alices rad"}).text


def test_undo_takes_back_the_step_that_was_meant_and_no_other(alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/mote/delete")
    step = shown(alice.get(EDIT).text, "step")
    told = alice.post(f"{EDIT}/b/slut/autosave", data=open_form(alice, "slut") | {"f.heading": "Bobs"}).json()
    late = alice.post(f"{EDIT}/undo", data={"step": step})
    assert late.status_code == 409
    assert "Ett annat steg har gjorts under tiden" in late.text
    assert ids(world) == ["intro", "slut"]
    assert told["undo"] == [int(shown(late.text, "step")), "Ångra ändringen"]
    for _ in range(2):  # pressed twice
        alice.post(f"{EDIT}/undo", data={"step": str(told["undo"][0])})
    assert ids(world) == ["intro", "slut"]
    assert alice.post(f"{EDIT}/undo", data={"step": step}).status_code == 303
    assert ids(world) == ["intro", "mote", "slut"]
    assert alice.post(f"{EDIT}/redo", data={"step": "999"}).status_code == 409


def test_a_fault_stands_at_the_row_that_was_typed(alice: TestClient) -> None:
    rows = {"f.rows.0.name_or_group": "", "f.rows.1.name_or_group": "Anna", "f.rows.1.email": "anna@"}
    typed = {"id": "contacts-0a1b2c3d", "f.heading": "Kontakter", **rows}
    answer = alice.post(f"{EDIT}/add/contacts/autosave", data=typed)
    assert list(answer.json()["faults"]) == ["f.rows.1.email"]


@pytest.mark.parametrize("clock", ["9.30", "9:30", "09:30", "09.30", "9,30", "0930", "kl. 9.30", "Kl 9:30"])
def test_a_time_is_taken_as_people_write_it(alice: TestClient, world: World, clock: str) -> None:
    typed = open_form(alice, "mote") | {"f.start.day": "2030-12-06", "f.start.clock": clock}
    assert alice.post(f"{EDIT}/b/mote/autosave", data=typed).status_code == 200
    assert read(world)["blocks"][1]["data"]["start"].startswith("2030-12-06T09:30")


def test_an_end_without_a_day_is_on_the_day_of_the_start(alice: TestClient, world: World) -> None:
    typed = open_form(alice, "mote") | {"f.start.clock": "9", "f.end.day": "", "f.end.clock": "14"}
    assert alice.post(f"{EDIT}/b/mote/autosave", data=typed).status_code == 200
    event = read(world)["blocks"][1]["data"]
    assert (event["start"][:16], event["end"][:16]) == ("2030-12-06T09:00", "2030-12-06T14:00")


def test_a_wrong_time_is_told_as_that_where_the_day_is_right(alice: TestClient) -> None:
    typed = open_form(alice, "mote") | {"f.start.day": "2030-12-06", "f.start.clock": "halv tio"}
    told = alice.post(f"{EDIT}/b/mote/autosave", data=typed)
    assert told.json()["faults"] == {"f.start": "skriv en tid, till exempel 16.30"}


def test_a_draft_never_grows_so_large_that_it_cannot_be_opened(alice: TestClient, world: World) -> None:
    words = " ".join(["https://example.org/" + "a" * 1900] * 40)
    body = "".join(f'<p><a href="{one}">x</a></p>' for one in words.split())
    assert alice.post(f"{EDIT}/b/intro", data=open_form(alice, "intro") | {"f.body": body}).status_code == 303
    answers = [alice.post(f"{EDIT}/b/intro/duplicate").status_code for _ in range(12)]
    assert answers == sorted(answers)
    assert answers[-1] == 422
    assert alice.get(EDIT).status_code == 200
    count = len(ids(world))
    assert alice.post(f"{EDIT}/b/intro/delete").status_code == 303
    assert len(ids(world)) == count - 1


def test_a_link_that_is_endless_is_none(alice: TestClient, world: World) -> None:
    body = f'<p><a href="https://example.org/{"a" * 2000}">Läs mer</a></p>'
    alice.post(f"{EDIT}/b/intro", data=open_form(alice, "intro") | {"f.body": body})
    assert read(world)["blocks"][0]["data"]["body"] == "<p>Läs mer</p>"


def test_an_approver_and_a_viewer_undo_nothing(sign_in: SignIn, alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/mote/delete")
    assert sign_in("viktor@example.org").post(f"{EDIT}/undo").status_code == 403
    assert ids(world) == ["intro", "slut"]


def test_contents_are_picked_by_their_headings(alice: TestClient, world: World) -> None:
    made = alice.post(
        f"{EDIT}/add/toc/autosave", data={"id": "toc-0a1b2c3d", "f.include": "picked", "f.picked.slut": "yes"}
    )
    assert made.status_code == 200, made.text
    assert read(world)["blocks"][0]["data"] == {"include": "picked", "picked": ["slut"]}
    form = alice.get(f"{EDIT}/b/toc-0a1b2c3d").text
    assert re.findall(r'name="f\.picked\.(\w+)" value="yes"( checked)?>', form) == [
        ("intro", ""), ("mote", ""), ("slut", " checked"),
    ]  # fmt: skip
    alice.post(f"{EDIT}/b/slut/delete")
    assert '<input type="hidden" name="f.picked.slut" value="yes">' in alice.get(f"{EDIT}/b/toc-0a1b2c3d").text
