"""Deleting a draft from its page: asked by name, told what is lost, kept as a template when that is wanted."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.activity.models import Activity
from mailer.activity.queries import JUST_NOW
from tests.web.conftest import SignIn
from tests.web.test_composer import EDIT, ISSUE, ids
from tests.web.world import World

DELETE = f"{ISSUE}/delete"
ISSUES = ISSUE.removesuffix("/2017-1")


def open_question(client: TestClient, **typed: str) -> dict[str, str]:
    """Return what the form would send: its hidden field, and what is chosen and typed."""
    found = re.search(r'name="state" value="([^"]+)"', client.get(DELETE).text)
    assert found
    return {"state": found[1], "keep": "no", **typed}


def test_a_draft_is_deleted_after_a_question(alice: TestClient) -> None:
    assert f'href="{DELETE}"' in alice.get(ISSUE).text
    alice.post(f"{EDIT}/b/intro/down")
    page = alice.get(DELETE).text
    for words in ("ta bort utkastet till Nätverksbrevet 2017:1?", "3 block, 1 version och stegen att ångra. Bilder"):
        assert words in page, words
    answer = alice.post(DELETE, data=open_question(alice))
    assert answer.headers["location"] == f"{ISSUES}?deleted=2017-1"
    page = alice.get(answer.headers["location"]).text
    assert "Utkastet 2017:1 är borttaget." in page
    assert "finns kvar som mallen" not in page
    assert f'href="{ISSUE}"' not in page
    for path in (ISSUE, EDIT, DELETE, f"{ISSUE}/send"):
        assert alice.get(path).status_code == 404
    for path in (f"{ISSUE}/send", f"{EDIT}/b/intro/down"):
        assert alice.post(path).status_code == 404


def test_what_is_not_there_is_not_told_as_lost(alice: TestClient) -> None:
    alice.post(f"{ISSUES}/new", data={"number": "2026:1", "begin": "empty"})
    page = alice.get(f"{ISSUES}/2026-1/delete").text
    assert "Det här försvinner för gott: ämnesraden. Bilder" in page
    assert 'name="keep"' not in page
    assert not re.search(r"\b0 (block|version)", page)


def test_a_second_press_ends_where_the_first_one_did(alice: TestClient) -> None:
    form = open_question(alice)
    places = [alice.post(DELETE, data=form).headers["location"] for _ in range(2)]
    assert places == [f"{ISSUES}?deleted=2017-1"] * 2
    make_it_long_ago()
    assert alice.post(DELETE, data=form).status_code == 404


def test_an_old_page_deletes_no_later_draft_of_the_number_without_a_question(alice: TestClient) -> None:
    old = open_question(alice)
    alice.post(DELETE, data=open_question(alice))
    alice.post(f"{ISSUES}/new", data={"number": "2017:1", "begin": "empty", "is_year_right": "yes"})
    for form in (old, {}):
        answer = alice.post(DELETE, data=form)
        assert answer.status_code == 409
        assert "Inget är borttaget än" in answer.text
    assert alice.get(ISSUE).status_code == 200
    assert alice.post(DELETE, data=open_question(alice)).status_code == 303


def test_a_change_after_the_question_is_asked_about_anew(alice: TestClient, world: World) -> None:
    old = open_question(alice, keep="yes", saved_name="Kvar")
    alice.post(f"{EDIT}/b/intro/delete")
    page = alice.post(DELETE, data=old)
    assert page.status_code == 409
    assert "2 block" in page.text
    assert 'value="yes" checked' in page.text
    assert 'value="Kvar"' in page.text
    assert len(ids(world)) == 2


def make_it_long_ago() -> None:
    with db.transaction() as session:
        session.execute(update(Activity).values(at=clock.now() - JUST_NOW - timedelta(seconds=1)))


def test_the_list_says_of_no_issue_that_was_not_deleted_just_now_that_it_was(alice: TestClient) -> None:
    def is_told(number: str, newsletter: str = ISSUES) -> bool:
        return "är borttaget" in alice.get(f"{newsletter}?deleted={number}").text

    assert not is_told("2017-1")
    assert not is_told("1999-1")
    alice.post(DELETE, data=open_question(alice))
    assert is_told("2017-1")
    assert not is_told("2017-1", "/app/foreningen/n/tomt")
    assert "är borttaget" not in alice.get(ISSUES).text
    make_it_long_ago()
    assert not is_told("2017-1")


def test_what_was_in_it_is_kept_as_a_template(alice: TestClient) -> None:
    assert 'value="Nätverksbrevet 2017:1"' in alice.get(DELETE).text
    page = alice.post(DELETE, data=open_question(alice, keep="yes", saved_name=" "))
    assert page.status_code == 422
    assert 'id="saved_name-fault"' in page.text
    assert 'name="keep" value="yes" checked' in page.text
    assert alice.get(ISSUE).status_code == 200
    answer = alice.post(DELETE, data=open_question(alice, keep="yes", saved_name="Kvar"))
    assert "finns kvar som mallen ”Kvar”" in alice.get(answer.headers["location"]).text
    assert "Från mallen Kvar" in alice.get(f"{ISSUES}/new").text


def test_what_becomes_of_the_content_is_chosen_by_nobody_else(alice: TestClient) -> None:
    assert "checked" not in alice.get(DELETE).text.partition("<form")[2].partition("</fieldset>")[0]
    page = alice.post(DELETE, data=open_question(alice, keep="", saved_name="Ett namn"))
    assert page.status_code == 422
    assert 'id="keep-fault"' in page.text
    assert 'value="Ett namn"' in page.text
    assert alice.get(ISSUE).status_code == 200


def test_a_sent_issue_says_why_it_stays(alice: TestClient) -> None:
    sent = f"{ISSUES}/2016-1"
    assert f'href="{sent}/delete"' not in alice.get(sent).text
    for answer in (alice.get(f"{sent}/delete"), alice.post(f"{sent}/delete")):
        assert answer.status_code == 422
        assert "Numret har skickats och kan inte ändras längre." in answer.text
    assert alice.get(sent).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("viktor@example.org", 403), ("charlie@example.org", 404)])
def test_who_may_not_write_cannot_delete(sign_in: SignIn, who: str, status: int) -> None:
    client = sign_in(who)
    assert f'href="{DELETE}"' not in client.get(ISSUE).text
    assert client.post(DELETE).status_code == status
    assert client.get(DELETE).status_code == status
    assert sign_in("alice@example.org").get(ISSUE).status_code == 200
