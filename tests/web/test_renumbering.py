"""Changing a draft's number: asked for on a page, refused at the field, and nothing that is open writes elsewhere."""

import pytest
from starlette.testclient import TestClient

from mailer import db
from mailer.issues.models import Issue
from mailer.issues.queries import get_issue, list_blocks
from tests.web.conftest import SignIn
from tests.web.test_composer import EDIT, ISSUE, open_form
from tests.web.test_drafts import shown
from tests.web.world import World, make_issue

NUMBER = f"{ISSUE}/number"
ISSUES = ISSUE.removesuffix("/2017-1")
NEW = f"{ISSUES}/2017-5"
OWN = f"{ISSUES}/id-3"  # whatever number it has


def draft() -> Issue:
    with db.reading() as session:
        found = session.get_one(Issue, 3)
        session.expunge(found)
        return found


def take_the_old_number(world: World) -> None:
    """Make another draft with the same blocks under the number that the first one had."""
    with db.transaction() as session:
        make_issue(session, session.merge(world.newsletter), "2017:1", "Ett annat utkast")


def first_heading(world: World, number: str) -> str:
    with db.reading() as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", number)
        return str(list_blocks(session, issue.id)[0].data["heading"])


def test_a_draft_gets_another_number(alice: TestClient) -> None:
    assert f'href="{NUMBER}"' in alice.get(ISSUE).text
    assert f'href="{OWN}/number"' in alice.get(EDIT).text
    page = alice.get(NUMBER).text
    assert 'name="number" type="text" value="2017:1"' in page
    answer = alice.post(NUMBER, data={"number": " 2017:5 "})
    assert answer.headers["location"] == f"{NEW}/edit"
    assert '<span class="number">2017:5</span>' in alice.get(f"{NEW}/edit").text
    assert alice.get(ISSUE).status_code == 404
    assert alice.get(f"{ISSUES}?q=2017:5").text.count("Nyheter och möten") == 1
    assert draft().subject == "Nyheter och möten"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("2017:2", "Det finns redan ett nummer 2017:2."),
        ("sju", "Skriv år och nummer, till exempel 2017:1"),
        ("", "Skriv år"),
    ],
)
def test_what_cannot_be_its_number_is_said_at_the_field_and_kept(
    alice: TestClient, world: World, number: str, words: str
) -> None:
    with db.transaction() as session:
        make_issue(session, session.merge(world.newsletter), "2017:2")
    page = alice.post(NUMBER, data={"number": number})
    assert page.status_code == 422
    assert words in page.text.partition('id="number-fault"')[2]
    assert f'name="number" type="text" value="{number}"' in page.text
    assert draft().number == "2017:1"


def test_a_year_far_away_is_asked_about(alice: TestClient) -> None:
    page = alice.post(NUMBER, data={"number": "2097:1"})
    assert page.status_code == 422
    assert 'name="is_year_right"' in page.text
    assert alice.post(NUMBER, data={"number": "2097:1", "is_year_right": "yes"}).status_code == 303
    assert draft().number == "2097:1"


def test_of_a_sent_issue_it_is_not_offered(alice: TestClient) -> None:
    sent = f"{ISSUES}/2016-1"
    assert "/number" not in alice.get(sent).text
    for answer in (alice.get(f"{sent}/number"), alice.post(f"{sent}/number", data={"number": "2016:9"})):
        assert answer.status_code == 422
        assert "Numret har skickats och kan inte ändras längre." in answer.text
    assert alice.get(sent).status_code == 200


def test_open_composers_write_in_the_issue_they_opened_and_are_told(alice: TestClient, world: World) -> None:
    page = alice.get(EDIT).text
    assert f'data-own="{OWN}/edit" data-number="2017:1"' in page
    # A link by number would lead to whatever has it later; only the switch of languages is one.
    assert "/n/natverksbrevet/2017-1" not in page.partition("<footer")[0]
    form = open_form(alice, "intro")
    alice.post(NUMBER, data={"number": "2017:5"})
    take_the_old_number(world)
    saved = alice.post(f"{OWN}/edit/b/intro/autosave", data=form | {"f.heading": "Rätt nummer", "tab": "t1"})
    assert saved.status_code == 200
    told = alice.post(f"{OWN}/edit/presence", data={"tab": "t1"}).json()
    assert told["number"] == "2017:5"
    assert first_heading(world, "2017-5") == "Rätt nummer"
    assert first_heading(world, "2017-1") == "Hej"
    assert alice.post(f"{OWN}/edit/b/intro/down").headers["location"] == f"{NEW}/edit#b-intro"
    assert alice.get(f"{OWN}/edit/live").status_code == 200
    assert alice.get(f"{OWN}/edit").status_code == 200


def test_forms_of_pages_without_script_name_the_issue_too(alice: TestClient) -> None:
    for path in (f"{EDIT}/b/intro", f"{EDIT}/add/text", f"{ISSUE}/send?list=parter", NUMBER):
        assert f'action="{OWN}/' in alice.get(path).text, path
    assert f'href="{OWN}/edit/add/text' in alice.get(f"{EDIT}/add").text


def test_what_is_confirmed_late_is_done_to_the_issue_that_was_shown(alice: TestClient, world: World) -> None:
    alice.post(NUMBER, data={"number": "2017:5"})
    take_the_old_number(world)
    form = {"keep": "no", "state": shown(alice.get(f"{ISSUES}/2017-5/delete").text, "state")}
    assert alice.post(f"{ISSUE}/delete", data=form).status_code == 409  # another draft by now, and asked about
    answer = alice.post(f"{OWN}/delete", data=form)
    assert answer.headers["location"] == f"{ISSUES}?deleted=2017-5"
    assert "Ett annat utkast" in alice.get(ISSUE).text
    for path in (OWN, f"{OWN}/edit", f"{OWN}/delete"):
        assert alice.get(path).status_code == 404
    assert alice.post(f"{OWN}/edit/b/intro/autosave").status_code == 404


def test_the_page_by_id_leads_to_the_page_by_number(alice: TestClient) -> None:
    assert alice.get(OWN).headers["location"] == ISSUE
    assert alice.get(f"{ISSUES}/id-1").headers["location"] == f"{ISSUES}/2016-1"


@pytest.mark.parametrize(("who", "status"), [("viktor@example.org", 403), ("charlie@example.org", 404)])
def test_who_may_not_write_cannot_change_it(sign_in: SignIn, who: str, status: int) -> None:
    client = sign_in(who)
    for path in (NUMBER, f"{OWN}/number"):
        assert client.get(path).status_code == status
        assert client.post(path, data={"number": "2017:5"}).status_code == status
    assert draft().number == "2017:1"


def test_ids_of_others_lead_nowhere(sign_in: SignIn, alice: TestClient) -> None:
    for path in ("id-99", "id-0", "id-", "id-x"):
        assert alice.get(f"{ISSUES}/{path}").status_code == 404
    assert alice.get("/app/foreningen/n/tomt/id-3").status_code == 404
    charlie = sign_in("charlie@example.org")
    assert charlie.get("/app/annan/n/natverksbrevet/id-3").status_code == 404
