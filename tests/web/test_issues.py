"""The list of a newsletter's issues: all of them, and those that hold what is looked for."""

from starlette.testclient import TestClient

from tests.web.conftest import SignIn
from tests.web.world import World

ISSUES = "/app/foreningen/n/natverksbrevet"


def numbers(client: TestClient, query: str = "") -> list[str]:
    page = client.get(ISSUES, params={"q": query}).text
    return [number for number in ("2017-1", "2016-2", "2016-1") if f'{ISSUES}/{number}"' in page]


def test_issues_are_listed_and_found_by_number_subject_and_text(alice: TestClient, world: World) -> None:
    assert numbers(alice) == ["2017-1", "2016-2", "2016-1"]
    assert numbers(alice, "2016:2") == ["2016-2"]
    assert numbers(alice, "TACK läser") == ["2016-2", "2016-1"]
    assert numbers(alice, "giraff") == []
    assert "Inga träffar på ”giraff”." in alice.get(f"{ISSUES}?q=giraff").text


def test_a_newsletter_without_issues_says_so_and_strangers_see_none(alice: TestClient, sign_in: SignIn) -> None:
    page = alice.get("/app/foreningen/n/tomt").text
    assert "Inga nummer än." in page
    assert page.count('href="/app/foreningen/n/tomt/new"') == 1
    assert sign_in("charlie@example.org").get(ISSUES).status_code == 404
