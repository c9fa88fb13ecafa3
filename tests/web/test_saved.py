"""Saved blocks and templates: kept from a draft, used again, changed in one place, not lost from an issue."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from mailer import db
from mailer.issues.exchange import export_issue
from mailer.issues.models import SavedBlock
from mailer.issues.queries import get_issue
from mailer.issues.snapshot import freeze_issue, freeze_variants
from mailer.newsletters.models import Newsletter
from tests.web.conftest import SignIn
from tests.web.test_composer import EDIT, ISSUE, open_form, read
from tests.web.world import NOW, World

SAVED = "/app/foreningen/newsletters/natverksbrevet/saved"
NEW = "/app/foreningen/n/natverksbrevet/new"


def block(world: World, block_id: str, number: str = "2017-1") -> dict[str, Any]:
    return next(one for one in read(world, number)["blocks"] if one["id"] == block_id)


def add_shared(alice: TestClient, world: World) -> str:
    """Put the world's shared block at the end of the draft; return the id of its place."""
    data = {"f.saved": "arbetsgrupper", "after": "slut", "id": "saved-abcdefgh"}
    assert alice.post(f"{EDIT}/add/saved", data=data).status_code == 303
    return "saved-abcdefgh"


def test_a_saved_block_is_copied_into_later_issues(alice: TestClient, world: World) -> None:
    assert 'value="Hej"' in alice.get(f"{EDIT}/b/intro/save").text
    answer = alice.post(f"{EDIT}/b/intro/save", data={"saved_name": "Vår hälsning", "shared": ""})
    assert answer.headers["location"] == f"{EDIT}#b-intro"
    assert block(world, "intro")["type"] == "text"
    dialog = alice.get(f"{EDIT}/add?after=slut").text
    assert '/edit/add/text?saved=var-halsning&amp;after=slut">Vår hälsning</a>' in dialog
    form = alice.get(f"{EDIT}/add/text?saved=var-halsning&after=slut").text
    assert "Vi har nyheter till dig." in form
    assert alice.get(f"{EDIT}/add/news?saved=var-halsning").status_code == 404


def test_a_shared_block_is_changed_in_one_place_and_frozen_when_sent(alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/slut/save", data={"saved_name": "Avslutning", "shared": "yes"})
    assert block(world, "slut")["data"] == {"saved": "avslutning"}
    page = alice.get(EDIT).text
    assert "Sparat block" in page
    assert "Till sist" in page
    assert "Tack för att du läser." in alice.get(f"{EDIT}/live").text
    form = {"f.saved_name": "Avslutning", "revision": "1", "f.heading": "Till sist", "f.body": "Vi hörs i vår."}
    assert alice.post(f"{SAVED}/avslutning", data=form).headers["location"] == SAVED
    assert "Vi hörs i vår." in alice.get(f"{EDIT}/live").text
    with db.transaction() as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")
        exported = export_issue(session, issue, None)["blocks"][-1]
        assert (exported["id"], exported["type"], exported["data"]["body"]) == ("slut", "text", "<p>Vi hörs i vår.</p>")
        frozen = freeze_issue(session, world.newsletter, issue, now=NOW)
        assert frozen.document["blocks"][-1] == exported
    alice.post(f"{SAVED}/avslutning", data=form | {"revision": "2", "f.body": "Senare."})
    assert "Vi hörs i vår." in alice.get(f"/n/natverksbrevet/{ISSUE[-6:]}").text


def test_a_later_dispatch_says_what_the_first_one_said(alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/slut/save", data={"saved_name": "Avslutning", "shared": "yes"})
    with db.transaction() as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")
        first = freeze_issue(session, session.get_one(Newsletter, world.newsletter.id), issue, now=NOW)
    alice.post(f"{SAVED}/avslutning", data={"f.saved_name": "Avslutning", "revision": "1", "f.body": "Senare."})
    assert alice.post(f"{SAVED}/avslutning/delete").status_code == 303
    with db.transaction() as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")
        newsletter = session.get_one(Newsletter, world.newsletter.id)
        newsletter.theme = {**newsletter.theme, "organisation": "Ett nytt namn"}
        second = freeze_issue(session, newsletter, issue, now=NOW)
        assert (second.document, second.identity) == (first.document, first.identity)
        assert second.web == first.web
        freeze_variants(session, newsletter, issue, second, [frozenset({"nyhetsbrevet"})])
        exported = export_issue(session, issue, None)
        assert exported["blocks"][-1]["data"] == first.document["blocks"][-1]["data"]


def test_a_version_shows_the_words_of_a_shared_block(alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/slut/save", data={"saved_name": "Avslutning", "shared": "yes"})
    page = alice.get(EDIT.removesuffix("/edit") + "/revisions/1").text
    assert "Ett sparat block som flera nummer delar visas här som det lyder nu" in page
    assert "<ins>Avslutning" in page
    assert "Tack för att du läser." in page.partition("<ins>Avslutning")[2]
    assert "avslutning</ins>" not in page


def test_becoming_shared_and_leaving_again_are_steps_to_undo(alice: TestClient, world: World) -> None:
    former = read(world)
    alice.post(f"{EDIT}/b/slut/save", data={"saved_name": "Avslutning", "shared": "yes"})
    assert "Ångra sparandet av blocket" in alice.get(EDIT).text
    shared = read(world)
    alice.post(f"{EDIT}/b/slut/detach")
    assert read(world) == former
    alice.post(f"{EDIT}/undo")
    assert read(world) == shared
    alice.post(f"{EDIT}/undo")
    assert read(world) == former
    assert alice.post(f"{EDIT}/b/slut/detach").status_code == 422
    assert read(world) == former


def test_two_who_change_a_saved_block_do_not_overwrite_each_other(alice: TestClient) -> None:
    form = {"f.saved_name": "Arbetsgrupper", "revision": "1", "f.heading": "Grupper", "f.rows.0.name_or_group": "A"}
    assert alice.post(f"{SAVED}/arbetsgrupper", data=form).status_code == 303
    page = alice.post(f"{SAVED}/arbetsgrupper", data=form | {"f.heading": "Mina grupper"})
    assert page.status_code == 409
    assert "Grupper" in page.text
    assert 'value="Mina grupper"' in page.text
    assert 'name="revision" value="2"' in page.text
    assert alice.post(f"{SAVED}/arbetsgrupper", data=form | {"f.heading": "Mina", "revision": "2"}).status_code == 303


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"f.heading": ""}, "behövs"),
        ({"f.saved_name": "!"}, "Skriv ett namn på högst 120 tecken"),
        ({"f.rows.0.email": "ingen adress"}, "skriv en e-postadress"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_changes_nothing(
    alice: TestClient, change: dict[str, str], words: str
) -> None:
    form = {"f.saved_name": "Arbetsgrupper", "revision": "1", "f.heading": "Grupper", "f.rows.0.name_or_group": "A"}
    page = alice.post(f"{SAVED}/arbetsgrupper", data=form | change)
    assert page.status_code == 422
    assert words in page.text
    with db.reading() as session:
        assert session.query(SavedBlock).one().revision == 1


def test_names_are_needed_and_used_once(alice: TestClient, world: World) -> None:
    former = read(world)
    for name, words in (("", "Skriv ett namn"), ("arbetsgrupper", "Namnet används redan.")):
        page = alice.post(f"{EDIT}/b/intro/save", data={"saved_name": name, "shared": "yes"})
        assert page.status_code == 422
        assert words in page.text
    assert read(world) == former


def test_a_saved_block_does_not_take_the_name_of_another(alice: TestClient, world: World) -> None:
    alice.post(f"{EDIT}/b/slut/save", data={"saved_name": "Avslutning", "shared": ""})
    form = {"f.saved_name": "ARBETSGRUPPER", "revision": "1", "f.heading": "Till sist", "f.body": "Vi hörs."}
    page = alice.post(f"{SAVED}/avslutning", data=form)
    assert page.status_code == 422
    assert "Namnet används redan." in page.text
    assert alice.post(f"{SAVED}/avslutning", data=form | {"f.saved_name": "AVSLUTNING"}).status_code == 303
    assert alice.post(f"{SAVED}/avslutning", data=form | {"f.saved_name": "Hej", "revision": "2"}).status_code == 303
    page = alice.post(f"{EDIT}/b/intro/save", data={"saved_name": "Hej", "shared": ""})  # whose short name is free
    assert "Namnet används redan." in page.text


def test_a_block_that_stands_in_a_draft_is_not_deleted(alice: TestClient, world: World) -> None:
    add_shared(alice, world)
    assert "Ta bort Arbetsgrupper" not in alice.get(SAVED).text
    page = alice.post(f"{SAVED}/arbetsgrupper/delete")
    assert page.status_code == 422
    assert "Det står ännu i utkast eller mallar" in page.text
    alice.post(f"{EDIT}/b/saved-abcdefgh/delete")
    assert alice.post(f"{SAVED}/arbetsgrupper/delete").status_code == 303
    alice.post(f"{EDIT}/undo")  # brings back a block that stands for nothing any more
    assert "Finns inte längre" in alice.get(EDIT).text
    page = alice.post(f"{ISSUE}/send", data={"list": "parter"})
    assert page.status_code == 422
    assert "Ett av numrets sparade block finns inte längre." in page.text


def test_only_shared_blocks_of_the_newsletter_can_be_named(alice: TestClient, world: World) -> None:
    former = read(world)
    alice.post(f"{EDIT}/b/intro/save", data={"saved_name": "Egen", "shared": ""})
    for slug in ("egen", "finns-inte", "../x"):
        page = alice.post(f"{EDIT}/add/saved", data={"f.saved": slug, "after": "slut"})
        assert page.status_code == 422
    assert read(world) == former


def test_a_template_begins_a_new_issue(alice: TestClient, world: World) -> None:
    add_shared(alice, world)
    assert alice.post(f"{ISSUE}/template", data={"saved_name": "Vårt brev"}).headers["location"] == SAVED
    assert alice.post(f"{ISSUE}/template", data={"saved_name": "Vårt brev"}).status_code == 422
    page = alice.get(NEW).text
    assert "Från mallen Vårt brev" in page
    assert "4 block" in page
    number = page.partition("Från mallen")[0].rpartition('value="')[2].partition('"')[0]
    assert alice.post(NEW, data={"number": "2026:5", "begin": number}).status_code == 303
    made = read(world, "2026-5")
    assert [made["subject"], made["blocks"]] == ["Nyhetsbrev 2026:5", read(world)["blocks"]]
    alice.post(f"{EDIT}/b/saved-abcdefgh/delete")
    alice.post("/app/foreningen/n/natverksbrevet/2026-5/edit/b/saved-abcdefgh/delete")
    assert alice.post(f"{SAVED}/arbetsgrupper/delete").status_code == 422  # the template shares it
    assert alice.post(f"{SAVED[:-6]}/templates/{number}/delete".replace("//", "/")).status_code == 303
    assert alice.post(NEW, data={"number": "2026:6", "begin": number}).status_code == 404


def test_a_stranger_and_a_viewer_change_nothing(sign_in: SignIn, world: World) -> None:
    charlie, viktor = sign_in("charlie@example.org"), sign_in("viktor@example.org")
    assert charlie.get(SAVED).status_code == 404
    assert charlie.post(f"{SAVED}/arbetsgrupper/delete").status_code == 404
    assert "Arbetsgrupper" in viktor.get(SAVED).text
    assert viktor.post(f"{SAVED}/arbetsgrupper/delete").status_code == 403
    assert viktor.get(f"{EDIT}/b/intro/save").status_code == 403
    assert viktor.post(f"{ISSUE}/template", data={"saved_name": "Min"}).status_code == 403


def test_an_old_shared_block_is_asked_about_before_sending(alice: TestClient, world: World) -> None:
    add_shared(alice, world)
    with db.transaction() as session:
        session.query(SavedBlock).one().updated_at = NOW.replace(year=2025, month=1)
    assert "Stämmer uppgifterna ännu?" in alice.get(f"{ISSUE}/send?list=parter").text


def test_nothing_is_saved_yet_says_how(alice: TestClient) -> None:
    page = alice.get("/app/foreningen/newsletters/tomt/saved").text
    assert "Inga sparade block än." in page
    assert "Inga mallar än." in page


def test_the_form_of_a_saved_block_offers_those_of_the_newsletter(alice: TestClient, world: World) -> None:
    add_shared(alice, world)
    assert open_form(alice, "saved-abcdefgh")["revision"].isdecimal()
    assert '<option value="arbetsgrupper" selected>Arbetsgrupper</option>' in alice.get(f"{EDIT}/b/saved-abcdefgh").text
