"""What the composer's script is answered: stored, refused by field, or both texts; and who else is here."""

import pytest
from starlette.testclient import TestClient

from mailer import db
from mailer.accounts.queries import create_user
from mailer.issues.models import SENT
from mailer.issues.queries import get_issue
from mailer.workspaces.queries import add_member
from tests.web.conftest import SignIn
from tests.web.test_composer import EDIT, ids, open_form, read
from tests.web.world import NOW, World

INTRO = f"{EDIT}/b/intro/autosave"


def test_a_change_is_stored_and_only_what_it_changed_comes_back(alice: TestClient, world: World) -> None:
    form = open_form(alice, "intro") | {"tab": "t1"}
    first = alice.post(INTRO, data=form | {"seen": ""}).json()
    assert list(first["hashes"]) == list(first["changed"]) == ["intro", "mote", "slut"]
    seen = " ".join(f"{block}:{code}" for block, code in first["hashes"].items())
    answer = alice.post(INTRO, data=form | {"f.heading": "Nytt", "seen": seen})
    assert answer.status_code == 200
    told = answer.json()
    assert list(told["changed"]) == ["intro"]
    assert "Nytt" in told["changed"]["intro"]
    assert told["revision"] == int(form["revision"]) + 1
    assert 5000 < told["bytes"] < 60_000
    assert read(world)["blocks"][0]["data"]["heading"] == "Nytt"


def test_what_the_preview_is_told_is_what_the_whole_mail_holds(alice: TestClient) -> None:
    changed = alice.post(INTRO, data=open_form(alice, "intro") | {"seen": ""}).json()["changed"]
    whole = alice.get(f"{EDIT}/live").text
    for block, html in changed.items():
        assert f"<!--block:{block}-->{html}<!--/block:{block}-->" in whole


def test_what_is_wrong_is_told_by_field_and_changes_nothing(alice: TestClient, world: World) -> None:
    before = read(world)
    answer = alice.post(INTRO, data=open_form(alice, "intro") | {"f.heading": "x" * 81})
    assert answer.status_code == 422
    assert answer.json() == {"faults": {"f.heading": "högst 80 tecken"}}
    assert alice.post(f"{EDIT}/autosave", data={"subject": "", "lang": "sv"}).json()["faults"].keys() == {"subject"}
    assert read(world) == before


def test_two_tabs_on_one_block_meet_and_one_tab_never_meets_itself(alice: TestClient, world: World) -> None:
    form = open_form(alice, "slut")
    mine, theirs = form | {"tab": "t1"}, form | {"tab": "t2"}
    for words in ("A", "Al", "Alices"):  # the answers, and with them the revisions, are lost
        assert alice.post(f"{EDIT}/b/slut/autosave", data=mine | {"f.heading": words}).status_code == 200
    answer = alice.post(f"{EDIT}/b/slut/autosave", data=theirs | {"f.heading": "Bobs"})
    assert answer.status_code == 409
    assert ["Rubrik", "Alices"] in answer.json()["theirs"]
    revision = str(answer.json()["revision"])
    kept = alice.post(f"{EDIT}/b/slut/autosave", data=theirs | {"f.heading": "Bobs", "revision": revision})
    assert kept.status_code == 200
    assert read(world)["blocks"][2]["data"]["heading"] == "Bobs"


def test_a_new_block_is_one_block_however_often_it_is_sent(alice: TestClient, world: World) -> None:
    typed = {"id": "heading-0a1b2c3d", "after": "intro", "tab": "t1"}
    assert alice.post(f"{EDIT}/add/heading/autosave", data=typed).status_code == 422
    for words in ("Hej", "Hej", "Hejsan"):
        answer = alice.post(f"{EDIT}/add/heading/autosave", data=typed | {"f.text": words})
        assert answer.json()["block"] == "heading-0a1b2c3d"
    assert ids(world) == ["intro", "heading-0a1b2c3d", "mote", "slut"]
    assert read(world)["blocks"][1]["data"]["text"] == "Hejsan"
    for _ in range(2):
        assert alice.post(f"{EDIT}/add/heading", data=typed | {"f.text": "Hejsan"}).status_code == 303
    assert len(ids(world)) == 4


def test_the_facts_are_stored(alice: TestClient, world: World) -> None:
    facts = {"subject": "Nytt ämne", "preheader": "", "title": "Brev", "lang": "sv", "date": ""}
    answer = alice.post(f"{EDIT}/autosave", data=facts)
    assert (answer.status_code, answer.json()["subject"]) == (200, "Nytt ämne")
    assert read(world)["subject"] == "Nytt ämne"


def test_a_block_is_put_in_a_place(alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/slut/place", data={"to": "1"})
    assert ids(world) == ["slut", "intro", "mote"]
    for nonsense in ("", "x", "9" * 9, "٣"):
        assert alice.post(f"{EDIT}/b/slut/place", data={"to": nonsense}).status_code == 303
    assert ids(world) == ["slut", "intro", "mote"]


def test_others_who_are_here_are_told(alice: TestClient, world: World, sign_in: SignIn) -> None:
    with db.transaction() as session:
        bob = create_user(session, "bob@example.org", now=NOW)
        add_member(session, world.workspace_id, bob.id, "editor", now=NOW)
    told = alice.post(f"{EDIT}/presence", data={"tab": "t1", "block": "mote"}).json()
    assert (told["people"], list(told["blocks"])) == ([], ["intro", "mote", "slut"])
    other = sign_in("bob@example.org")
    assert other.post(f"{EDIT}/presence", data={"tab": "t2", "block": ""}).json()["people"][0]["block"] == "mote"


@pytest.mark.parametrize("path", ["autosave", "b/intro/autosave", "add/text/autosave", "presence"])
def test_who_may_not_write_gets_nothing(alice: TestClient, sign_in: SignIn, path: str) -> None:
    assert alice.post(f"{EDIT}/b/intro/autosave", data=open_form(alice, "intro")).status_code == 200
    assert sign_in("charlie@example.org").post(f"{EDIT}/{path}", data={"tab": "t"}).status_code == 404


def test_the_plain_text_and_the_marked_mail_run_no_script_and_only_here(alice: TestClient) -> None:
    mail = alice.get(f"{EDIT}/live")
    policy = mail.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy
    text = alice.get(f"{EDIT}/live?form=text")
    assert text.headers["content-type"].startswith("text/plain")
    assert "Vi har nyheter till dig." in text.text


def test_versions_are_listed_compared_and_put_back(alice: TestClient, world: World) -> None:
    page = EDIT.removesuffix("/edit") + "/revisions"
    assert "Inga versioner än." in alice.get(page).text
    before = read(world)
    alice.post(INTRO, data=open_form(alice, "intro") | {"f.heading": "Nytt"})
    assert "Som dagen började" in alice.get(page).text
    shown = alice.get(f"{page}/1").text
    assert "<del>Hej" in shown
    assert "<ins>Nytt" in shown
    assert alice.post(f"{page}/1/restore").headers["location"] == EDIT
    assert read(world) == before
    assert "Innan en annan version lades tillbaka" in alice.get(page).text
    alice.post(f"{EDIT}/undo")
    assert read(world)["blocks"][0]["data"]["heading"] == "Nytt"
    assert alice.get(f"{page}/99").status_code == 404


def test_only_the_facts_that_were_typed_are_changed(alice: TestClient, world: World) -> None:
    assert alice.post(f"{EDIT}/autosave", data={"preheader": "Ny rad"}).status_code == 200
    assert (read(world)["subject"], read(world)["preheader"]) == ("Nyheter och möten", "Ny rad")
    alice.post(f"{EDIT}/autosave", data={"date": ""})
    assert "date" not in read(world)


def test_an_issue_that_was_sent_meanwhile_says_so(alice: TestClient, world: World) -> None:
    form = open_form(alice, "intro")
    with db.transaction() as session:
        get_issue(session, world.workspace_id, "natverksbrevet", "2017-1").state = SENT
    answer = alice.post(INTRO, data=form | {"f.heading": "För sent"})
    assert (answer.status_code, list(answer.json()["faults"])) == (422, ["form"])


def test_a_block_that_is_gone_is_not_found(alice: TestClient) -> None:
    form = open_form(alice, "intro")
    alice.post(f"{EDIT}/b/intro/delete")
    answer = alice.post(INTRO, data=form)
    # Told from an issue or a workspace that is not there for somebody, which is answered with a page.
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


def test_going_back_to_a_new_block_and_changing_it_loses_nothing(alice: TestClient, world: World) -> None:
    typed = {"id": "heading-0a1b2c3d", "after": "intro", "f.text": "Hej"}
    assert alice.post(f"{EDIT}/add/heading", data=typed).status_code == 303
    page = alice.post(f"{EDIT}/add/heading", data=typed | {"f.text": "Hejsan"})
    assert page.status_code == 409
    assert 'value="Hejsan"' in page.text
    assert read(world)["blocks"][1]["data"]["text"] == "Hej"


def test_both_texts_tell_of_days_and_times_and_never_of_file_names(alice: TestClient, world: World) -> None:
    form = open_form(alice, "mote")
    later = form | {"tab": "t1", "f.start.clock": "11:30"}
    assert alice.post(f"{EDIT}/b/mote/autosave", data=later).status_code == 200
    answer = alice.post(f"{EDIT}/b/mote/autosave", data=form | {"tab": "t2", "f.heading": "Annat"})
    assert answer.status_code == 409
    assert ["Börjar", "2030-12-06 11:30"] in answer.json()["theirs"]
    page = alice.post(f"{EDIT}/b/mote", data=form | {"f.heading": "Annat"})
    assert "<dt>Börjar</dt><dd>2030-12-06 11:30</dd>" in page.text
