"""Deleting a draft from its page: asked by name, told what is lost, kept as a template when that is wanted."""

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import SignIn
from tests.web.test_composer import EDIT, ISSUE

DELETE = f"{ISSUE}/delete"
ISSUES = ISSUE.removesuffix("/2017-1")


def test_a_draft_is_deleted_after_a_question(alice: TestClient) -> None:
    assert f'href="{DELETE}"' in alice.get(ISSUE).text
    alice.post(f"{EDIT}/b/intro/down")
    page = alice.get(DELETE).text
    for words in ("ta bort utkastet till Nätverksbrevet 2017:1?", "3 block", "1 version och"):
        assert words in page, words
    answer = alice.post(DELETE)
    assert answer.headers["location"] == f"{ISSUES}?deleted=2017-1"
    page = alice.get(answer.headers["location"]).text
    assert "Utkastet 2017:1 är borttaget." in page
    assert f'href="{ISSUE}"' not in page
    for path in (ISSUE, EDIT, DELETE, f"{ISSUE}/send"):
        assert alice.get(path).status_code == 404
    for path in (DELETE, f"{ISSUE}/send", f"{EDIT}/b/intro/down"):
        assert alice.post(path).status_code == 404


def test_the_list_says_of_no_issue_that_is_there_that_it_is_deleted(alice: TestClient) -> None:
    assert "är borttaget" not in alice.get(f"{ISSUES}?deleted=2017-1").text
    assert "är borttaget" not in alice.get(ISSUES).text


def test_what_was_in_it_is_kept_as_a_template(alice: TestClient) -> None:
    assert 'value="Nätverksbrevet 2017:1"' in alice.get(DELETE).text
    page = alice.post(DELETE, data={"keep": "yes", "saved_name": " "})
    assert page.status_code == 422
    assert 'id="saved_name-fault"' in page.text
    assert 'name="keep" value="yes" checked' in page.text
    assert alice.get(ISSUE).status_code == 200
    assert alice.post(DELETE, data={"keep": "yes", "saved_name": "Kvar"}).status_code == 303
    assert "Från mallen Kvar" in alice.get(f"{ISSUES}/new").text


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
