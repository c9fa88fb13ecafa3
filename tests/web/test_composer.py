"""The composer without script: an issue is begun, filled with every kind of block, changed, undone, and kept safe."""

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.activity.models import Activity
from mailer.activity.queries import JUST_NOW
from mailer.assets.store import add_file, add_image
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.registry import KINDS
from mailer.blocks.typed import flatten
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.models import IssueTemplate
from mailer.issues.queries import get_issue
from tests.browser.conftest import asset_names
from tests.web.conftest import SignIn
from tests.web.world import NOW, World

ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"
EDIT = f"{ISSUE}/edit"


def read(world: World, number: str = "2017-1") -> dict[str, Any]:
    with db.reading() as session:
        return dump_document(load_document(session, get_issue(session, world.workspace_id, "natverksbrevet", number)))


def ids(world: World) -> list[str]:
    return [block["id"] for block in read(world)["blocks"]]


def open_form(client: TestClient, block: str) -> dict[str, str]:
    """Return what a browser would send back from a block's form with text fields alone."""
    page = client.get(f"{EDIT}/b/{block}").text
    fields = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page))
    fields |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    kept = {name: html.unescape(value) for name, value in fields.items()}
    return {name: value for name, value in kept.items() if not name.startswith(("hidden.", "audience."))}


def store_assets(engine: Engine, world: World, data: Any, folder: Path) -> Any:  # noqa: ANN401 - JSON
    """Store every file that an example names, and return the example with their hashes."""
    text = data
    with db.transaction(engine) as session:
        for name in asset_names(data):
            if name.endswith((".jpg", ".png")):
                Image.new("RGB", (1300, 800), "#34657a").save(folder / name)
                asset = add_image(session, world.workspace_id, name, (folder / name).read_bytes(), now=NOW)
            else:
                asset = add_file(session, world.workspace_id, name, b"%PDF-1.4 example", now=NOW)
            text = _replace(text, name, asset.hash)
    return text


def _replace(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _replace(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(inner, old, new) for inner in value]
    return new if value == old else value


def make_it_older() -> None:
    """Put what has been done out of the minutes that count as just now."""
    with db.transaction() as session:
        session.execute(update(Activity).values(at=clock.now() - JUST_NOW - timedelta(seconds=1)))


def test_a_second_press_ends_at_the_issue_that_the_first_one_began(alice: TestClient) -> None:
    new, form = "/app/foreningen/n/natverksbrevet/new", {"number": "2026:1", "begin": "empty"}
    edit = "/app/foreningen/n/natverksbrevet/2026-1/edit"
    assert [alice.post(new, data=form).headers["location"] for _ in range(2)] == [edit, edit]
    with db.transaction() as session:
        session.execute(update(Activity).values(actor="somebody else"))
    assert alice.post(new, data=form).status_code == 422


def test_there_is_no_last_issue_to_begin_the_first_one_from(alice: TestClient) -> None:
    page = alice.get("/app/foreningen/n/tomt/new").text
    assert 'value="last"' not in page
    assert 'value="empty" checked' in page
    assert 'value="last" checked' in alice.get("/app/foreningen/n/natverksbrevet/new").text


@pytest.mark.parametrize("wrong", ["ett", "9999:1"])
def test_a_tick_that_the_year_is_right_stays_while_something_else_is_wrong(alice: TestClient, wrong: str) -> None:
    new, form = "/app/foreningen/n/natverksbrevet/new", {"number": "9999:1", "is_year_right": "yes"}
    alice.post(new, data=form)
    make_it_older()
    page = alice.post(new, data=form | {"number": wrong})
    assert page.status_code == 422
    assert 'id="is_year_right" type="checkbox" name="is_year_right" value="yes" checked' in page.text


def test_an_issue_is_begun_from_the_last_one_or_empty(alice: TestClient, world: World) -> None:
    new = "/app/foreningen/n/natverksbrevet/new"
    assert 'value="2026:1"' in alice.get(new).text
    answer = alice.post(new, data={"number": "2026:1", "begin": "last"})
    assert answer.headers["location"] == "/app/foreningen/n/natverksbrevet/2026-1/edit"
    assert [block["id"] for block in read(world, "2026-1")["blocks"]] == ["mote"]
    assert alice.post(new, data={"number": "2026:2", "begin": "empty"}).status_code == 303
    assert "Inga block än." in alice.get("/app/foreningen/n/natverksbrevet/2026-2/edit").text
    make_it_older()
    for number, words in (("2026:1", "Det finns redan ett nummer 2026:1."), ("ett", "Skriv år och nummer")):
        page = alice.post(new, data={"number": number})
        assert page.status_code == 422
        assert words in page.text
        assert f'value="{number}"' in page.text


def test_a_year_far_away_is_made_after_a_tick(alice: TestClient, world: World) -> None:
    new = "/app/foreningen/n/natverksbrevet/new"
    assert 'name="is_year_right"' not in alice.get(new).text
    page = alice.post(new, data={"number": "9999:1", "begin": "empty"})
    assert page.status_code == 422
    assert 'id="is_year_right" type="checkbox" name="is_year_right" value="yes" aria-describedby' in page.text
    assert 'href="#is_year_right"' in page.text
    assert 'value="9999:1"' in page.text
    assert 'name="begin" value="empty" checked' in page.text
    ticked = {"number": "9999:1", "begin": "empty", "is_year_right": "yes"}
    assert alice.post(new, data=ticked).headers["location"] == "/app/foreningen/n/natverksbrevet/9999-1/edit"


def test_a_template_that_breaks_a_newer_rule_is_what_is_refused_and_not_the_number(
    alice: TestClient, world: World
) -> None:
    blocks = [{"id": "x", "type": "heading", "v": 1, "data": {"text": ""}}]
    document = {"lang": "sv", "blocks": blocks}
    kept = IssueTemplate(
        newsletter_id=world.newsletter.id, name="Mall", document=document, updated_at=NOW, updated_by="1"
    )
    with db.transaction() as session:
        session.add(kept)
    page = alice.post("/app/foreningen/n/natverksbrevet/new", data={"number": "2026:1", "begin": str(kept.id)})
    assert page.status_code == 422
    assert 'id="begin-fault"' in page.text
    assert "Det du valde följer inte längre reglerna." in page.text
    assert "Skriv år och nummer" not in page.text


def test_the_facts_are_changed_or_refused_with_everything_kept(alice: TestClient, world: World) -> None:
    facts = {"subject": "Nytt ämne", "preheader": "", "title": "Brev", "lang": "sv", "date": "2017-02-03"}
    assert alice.post(EDIT, data=facts).status_code == 303
    assert (read(world)["subject"], read(world)["date"]) == ("Nytt ämne", "2017-02-03")
    page = alice.post(EDIT, data=facts | {"subject": "", "preheader": "x" * 111})
    assert page.status_code == 422
    assert "högst 110 tecken" in page.text
    assert "x" * 111 in page.text
    assert alice.post(EDIT, data=facts | {"date": ""}).status_code == 303
    assert "date" not in read(world)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_every_kind_is_added_by_its_form_and_opens_as_it_was_saved(
    alice: TestClient, world: World, engine: Engine, tmp_path: Path, kind: type[BlockData]
) -> None:
    data = store_assets(engine, world, dict(kind.EXAMPLES[0]), tmp_path)
    full = kind.model_validate(data).model_dump(mode="json")
    typed = {f"f.{name}": text for name, text in flatten(list_controls(kind), full).items()}
    form = alice.get(f"{EDIT}/add/{kind.NAME}?after=intro")
    assert form.status_code == 200
    answer = alice.post(f"{EDIT}/add/{kind.NAME}", data=typed | {"after": "intro"})
    assert answer.status_code == 303, answer.text
    added = read(world)["blocks"][1]
    assert (added["type"], kind.model_validate(added["data"])) == (kind.NAME, kind.model_validate(data))
    page = alice.get(f"{EDIT}/b/{added['id']}")
    assert page.status_code == 200
    for text in typed.values():
        assert not text or text.split("\n")[0][:20].split("<")[0].split("&")[0].split("'")[0] in page.text
    assert alice.get(f"{ISSUE}/preview/mail").status_code == 200


def test_what_is_wrong_is_said_in_swedish_at_its_field_and_nothing_is_lost(alice: TestClient, world: World) -> None:
    typed = {"f.heading": "x" * 81, "f.body": "Kom!", "f.start.day": "2017-13-01", "f.seats": "många"}
    page = alice.post(f"{EDIT}/add/event", data=typed)
    assert page.status_code == 422
    for words in ("högst 80 tecken", "skriv ", "ska vara ett heltal"):
        assert words in page.text
    assert 'href="#f.heading"' in page.text
    assert 'id="f.heading-fault"' in page.text
    assert "Kom!" in page.text
    assert len(read(world)["blocks"]) == 3


def test_more_rows_are_offered_with_nothing_lost(alice: TestClient, world: World) -> None:
    typed = {"f.heading": "Möten", "f.rows.0.date": "2017-05-11", "more": "yes"}
    page = alice.post(f"{EDIT}/add/dates", data=typed).text
    assert page.count("<legend>Rad ") == 3
    assert 'value="2017-05-11"' in page
    assert len(read(world)["blocks"]) == 3


def test_every_kind_is_in_the_menu_once(alice: TestClient) -> None:
    page = alice.get(f"{EDIT}/add").text
    offered = re.findall(r"/edit/add/(\w+)\?", page)
    assert sorted(offered) == sorted(kind.NAME for kind in KINDS)


def test_a_new_block_has_room_for_as_many_rows_as_it_needs(alice: TestClient) -> None:
    assert alice.get(f"{EDIT}/add/columns").text.count("<legend>Rad ") == 2
    assert alice.get(f"{EDIT}/add/activities").text.count("<legend>Rad ") == 1


def test_a_button_that_copies_copies_once_however_often_it_is_sent(alice: TestClient, world: World) -> None:
    def read_copy() -> str:
        found = re.search(r'name="copy" value="([\w-]+)"', alice.get(EDIT).text)
        assert found
        return found[1]

    copies = [read_copy(), read_copy()]
    for copy in (copies[0], *copies):
        assert alice.post(f"{EDIT}/b/intro/duplicate", data={"copy": copy}).headers["location"] == f"{EDIT}#b-{copy}"
    assert ids(world) == ["intro", *reversed(copies), "mote", "slut"]


def test_blocks_are_moved_copied_deleted_and_it_is_all_undone(alice: TestClient, world: World) -> None:
    before = read(world)
    assert "Ångra " not in alice.get(EDIT).text.partition('id="composer-tools"')[2].partition("<dialog")[0]
    alice.post(f"{EDIT}/b/mote/up")
    assert ids(world) == ["mote", "intro", "slut"]
    alice.post(f"{EDIT}/b/slut/duplicate")
    assert len(ids(world)) == 4
    alice.post(f"{EDIT}/b/mote/delete")
    assert "mote" not in ids(world)
    assert "Ångra borttagningen" in alice.get(EDIT).text
    for _ in range(3):
        alice.post(f"{EDIT}/undo")
    assert read(world) == before
    assert "Gör om flytten" in alice.get(EDIT).text
    alice.post(f"{EDIT}/redo")
    assert ids(world) == ["mote", "intro", "slut"]


def test_two_editors_on_one_block_see_both_texts(alice: TestClient, bob: TestClient, world: World) -> None:
    first, second = open_form(alice, "slut"), open_form(alice, "slut")
    assert alice.post(f"{EDIT}/b/slut", data=first | {"f.heading": "Alices"}).status_code == 303
    own = alice.post(f"{EDIT}/b/slut", data=second | {"f.heading": "Alices andra"}).text
    assert "Du har ändrat blocket under tiden, i en annan flik eller ett annat fönster." in own
    page = bob.post(f"{EDIT}/b/slut", data=second | {"f.heading": "Bobs"})
    assert page.status_code == 409
    assert "Någon annan har ändrat blocket under tiden." in page.text
    assert "<dd>Alices</dd>" in page.text
    assert 'value="Bobs"' in page.text
    revision = re.search(r'name="revision" value="(\d+)"', page.text)
    assert revision
    alice.post(f"{EDIT}/b/slut", data=second | {"f.heading": "Bobs", "revision": revision[1]})
    assert read(world)["blocks"][2]["data"]["heading"] == "Bobs"


def test_a_block_is_hidden_or_kept_for_some_lists(alice: TestClient, world: World) -> None:
    form = open_form(alice, "slut") | {"hidden.web": "yes", "audience.nyhetsbrevet": "yes"}
    assert alice.post(f"{EDIT}/b/slut", data=form).status_code == 303
    block = read(world)["blocks"][2]
    assert (block["hidden_in"], block["audience"]) == (["web"], ["nyhetsbrevet"])
    page = alice.post(f"{EDIT}/b/slut", data=open_form(alice, "slut") | {"audience.andras": "yes"})
    assert page.status_code == 422


def test_pictures_of_another_workspace_are_refused(alice: TestClient, world: World) -> None:
    page = alice.post(f"{EDIT}/add/hero", data={"f.image.asset": "0" * 64, "f.image.alt": "Sjön"})
    assert page.status_code == 422
    assert "Välj en bild eller ett dokument som finns här." in page.text


def test_a_sent_issue_opens_no_composer_and_takes_no_change(alice: TestClient, world: World) -> None:
    sent = "/app/foreningen/n/natverksbrevet/2016-1/edit"
    assert alice.get(sent).headers["location"] == sent.removesuffix("/edit")
    before = read(world, "2016-1")
    assert alice.post(f"{sent}/b/mote/delete").status_code == 422
    assert alice.post(sent, data={"subject": "Nytt"}).status_code == 422
    assert read(world, "2016-1") == before


@pytest.mark.parametrize("path", ["/new", "/2017-1/edit", "/2017-1/edit/add", "/2017-1/edit/b/mote"])
def test_writing_is_for_writers_of_the_workspace(sign_in: SignIn, world: World, path: str) -> None:
    assert sign_in("viktor@example.org").get(f"/app/foreningen/n/natverksbrevet{path}").status_code == 403
    assert sign_in("charlie@example.org").get(f"/app/foreningen/n/natverksbrevet{path}").status_code == 404
