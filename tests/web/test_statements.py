"""Privacy and accessibility pages: made from facts, in both languages, until an editor writes another text."""

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from mailer import db
from mailer.newsletters.models import MEMBERS, Newsletter
from tests.web.conftest import SignIn
from tests.web.world import World

ROOT = "/n/natverksbrevet/"
EDIT = "/app/foreningen/newsletters/natverksbrevet/web/"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("privacy", "Nyhetsbrevet: ditt samtycke"),
        ("privacy?lang=en", "your consent (GDPR, article 6(1)(a))"),
        ("accessibility", "delvis förenliga"),
        ("accessibility?lang=en", "partly compliant"),
    ],
)
def test_statements_tell_the_facts_in_both_languages(world: World, stranger: TestClient, path: str, words: str) -> None:
    page = stranger.get(ROOT + path).text
    assert words in page
    assert "Föreningen Exempel" in page
    assert "info@example.org" in page
    assert page.count("<h1") == 1
    assert page.count("<h2") >= 5


def test_every_readers_page_leads_to_both(world: World, stranger: TestClient) -> None:
    for path in ("", "2016-1", "join", "privacy"):
        page = stranger.get(ROOT + path).text
        assert f'href="{ROOT}privacy"' in page
        assert f'href="{ROOT}accessibility"' in page


def test_statements_are_open_where_the_archive_is_not(engine: Engine, world: World, stranger: TestClient) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Newsletter).values(archive_access=MEMBERS))
    assert stranger.get(ROOT + "privacy").status_code == 200


def test_an_editor_changes_a_text_and_goes_back(alice: TestClient, world: World, stranger: TestClient) -> None:
    own = "Vi heter *Viken*.\r\n\r\n## Rubrik\r\n\r\n<script>alert(1)</script> [x](javascript:alert(1))"
    assert alice.post(EDIT + "privacy/sv", data={"text": own}).status_code == 303
    page = stranger.get(ROOT + "privacy").text
    assert "<em>Viken</em>" in page
    assert "<h2>Rubrik</h2>" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page.replace("(javascript:alert(1))", "")
    assert "your consent" in stranger.get(ROOT + "privacy?lang=en").text
    assert "Er egen text" in alice.get(EDIT[:-1]).text
    alice.post(EDIT + "privacy/sv", data={"text": own, "reset": "yes"})
    assert "<em>Viken</em>" not in stranger.get(ROOT + "privacy").text


def test_an_unchanged_text_goes_on_following_the_facts(alice: TestClient, engine: Engine, world: World) -> None:
    page = alice.get(EDIT + "accessibility/sv").text
    text = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    alice.post(EDIT + "accessibility/sv", data={"text": text.strip().replace("\n", "\r\n")})
    with db.reading() as session:
        assert list(session.get_one(Newsletter, world.newsletter.id).pages) == ["reviewed_on"]


def test_a_text_too_long_is_refused_and_kept_on_the_page(alice: TestClient, world: World) -> None:
    page = alice.post(EDIT + "privacy/sv", data={"text": "å" * 8001})
    assert page.status_code == 422
    assert "å" * 8001 in page.text


def test_statements_are_written_by_writers(sign_in: SignIn, world: World) -> None:
    assert sign_in("viktor@example.org").post(EDIT + "privacy/sv", data={"text": "x"}).status_code == 403
    assert sign_in("charlie@example.org").get(EDIT + "privacy/sv").status_code == 404
