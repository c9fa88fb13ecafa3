"""Sending from the pages: two steps, one dispatch however often it is pressed, refusals with their reason."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from mailer import db
from mailer.deliveries.models import Dispatch
from mailer.issues.saved import get_saved
from tests.web.conftest import SignIn
from tests.web.test_composer import open_form
from tests.web.test_files import picture
from tests.web.test_theme import GOOD
from tests.web.test_theme import PAGE as THEME
from tests.web.world import World

ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"


def count_dispatches() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Dispatch)) or 0


def test_the_issue_page_ticks_the_newsletters_own_lists(alice: TestClient) -> None:
    page = alice.get(ISSUE).text
    assert 'value="nyhetsbrevet" checked' in page
    assert 'value="parter">' in page
    assert "3 personer" in page


def test_the_confirm_page_counts_a_person_on_two_lists_once(alice: TestClient) -> None:
    page = alice.get(f"{ISSUE}/send?list=nyhetsbrevet&list=parter")
    assert page.status_code == 200
    assert "Skicka till 3 personer" in page.text
    assert count_dispatches() == 2


def test_the_confirm_page_takes_no_lock_once_its_pictures_are_there(alice: TestClient) -> None:
    logo = {"logo.file": ("logo.png", picture(), "image/png")}
    assert alice.post(THEME, data=GOOD, files=logo).status_code == 303
    assert alice.get(f"{ISSUE}/send?list=nyhetsbrevet").status_code == 200
    with db.transaction() as writing:
        writing.execute(select(1))
        assert "Skicka till 3 personer" in alice.get(f"{ISSUE}/send?list=nyhetsbrevet").text


@pytest.mark.parametrize(
    ("written", "is_told"), [("Hej {{fornamn}}!", True), ("Hej {{namn|du}}!", True), ("Hej {{fornamn|du}}!", False)]
)
def test_the_confirm_page_says_when_a_name_is_written_wrongly(alice: TestClient, written: str, is_told: bool) -> None:
    assert alice.post(f"{ISSUE}/edit/add/text", data={"f.body": f"<p>{written}</p>"}).status_code == 303
    page = alice.get(f"{ISSUE}/send?list=nyhetsbrevet").text
    assert ("Ett namn skrivs {{fornamn|läsare}}." in page) is is_told


def test_what_stops_an_issue_is_told_instead_of_the_button(alice: TestClient, world: World) -> None:
    alice.post(f"{ISSUE}/edit/add/saved", data={"f.saved": "arbetsgrupper", "id": "saved-abcdefgh"})
    with db.transaction() as session:
        saved = get_saved(session, world.newsletter.id, "arbetsgrupper")
        session.delete(saved)  # as an older version could, whatever used it
    for number in range(9):
        alice.post(f"{ISSUE}/edit/add/text", data={"f.body": f"<p>{'ö' * 6000}</p>", "id": f"text-abcdefg{number}"})
    for lists in ("list=nyhetsbrevet", "list=nyhetsbrevet&list=parter"):
        answer = alice.get(f"{ISSUE}/send?{lists}")
        assert answer.status_code == 422
        assert "<title>Fel:" in answer.text
        assert "Mejlet är 12" in answer.text
        assert f'href="{ISSUE}/edit">Gå till numret</a>' in answer.text
        assert f'href="{ISSUE}/edit#b-saved-abcdefgh">Gå till blocket</a>' in answer.text
        assert answer.text.count("finns inte längre") == 1
        assert "Skicka till" not in answer.text
        assert f'action="{ISSUE}/send"' not in answer.text
    assert alice.post(f"{ISSUE}/send", data={"list": ["nyhetsbrevet"]}).status_code == 422
    assert count_dispatches() == 2


def test_a_warning_does_not_take_the_button_away(alice: TestClient) -> None:
    alice.post(f"{ISSUE}/edit/add/text", data={"f.body": "<p>Hej {{namn|du}}!</p>"})
    page = alice.get(f"{ISSUE}/send?list=nyhetsbrevet").text
    assert "Titta på det här först" in page
    assert "Skicka till 3 personer" in page


def test_confirming_starts_a_dispatch_and_leads_to_its_progress(alice: TestClient) -> None:
    answer = alice.post(f"{ISSUE}/send", data={"list": ["nyhetsbrevet"]})
    assert answer.headers["location"] == "/app/foreningen/dispatches/3"
    page = alice.get("/app/foreningen/dispatches/3").text
    assert "0 av 3" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><p><a class="button button-quiet" href="/app/foreningen/dispatches/3">' in page


def test_pressing_again_ends_on_the_same_page(alice: TestClient) -> None:
    both = {"list": ["nyhetsbrevet", "parter"]}
    first = alice.post(f"{ISSUE}/send", data=both).headers["location"]
    assert alice.post(f"{ISSUE}/send", data=both).headers["location"] == first
    assert count_dispatches() == 3


def test_many_presses_at_once_make_one_dispatch(alice: TestClient) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: alice.post(f"{ISSUE}/send", data={"list": ["nyhetsbrevet"]}), range(6)))
    assert {answer.headers["location"] for answer in answers} == {"/app/foreningen/dispatches/3"}
    assert count_dispatches() == 3


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ([], "Välj minst en lista"),
        (["tomma"], "Ingen skulle få mejlet"),
        (["unknown"], "Välj minst en lista"),
    ],
)
def test_what_cannot_be_sent_says_why(alice: TestClient, lists: list[str], words: str) -> None:
    for answer in (
        alice.get(f"{ISSUE}/send", params={"list": lists, "form": "sent"}),
        alice.post(f"{ISSUE}/send", data={"list": lists}),
    ):
        assert answer.status_code == 422
        assert words in answer.text
        assert "<title>Fel:" in answer.text
    assert count_dispatches() == 2


def test_opening_the_send_page_ticks_the_newsletters_own_lists(alice: TestClient) -> None:
    page = alice.get(f"{ISSUE}/send")
    assert page.status_code == 200
    assert 'value="nyhetsbrevet" checked' in page.text
    assert 'role="alert"' not in page.text
    assert '<input type="hidden" name="form" value="sent">' in page.text


def test_going_back_after_sending_leads_to_the_dispatch(alice: TestClient) -> None:
    for chosen in ("parter", "nyhetsbrevet"):
        alice.post(f"{ISSUE}/send", data={"list": [chosen]})
    for lists, numbers in ((["nyhetsbrevet"], [4]), (["nyhetsbrevet", "parter"], [3, 4])):
        page = alice.get(f"{ISSUE}/send", params={"list": lists, "form": "sent"})
        assert page.status_code == 200
        notice = page.text.split('class="notice notice-success"')[1].split("</div>")[0]
        assert "Redan skickat" in notice
        assert [f"/dispatches/{number}" in notice for number in (3, 4)] == [number in numbers for number in (3, 4)]
        assert "Skicka till" not in page.text


def test_a_refusal_keeps_what_was_chosen(alice: TestClient) -> None:
    page = alice.get(f"{ISSUE}/send", params={"list": ["tomma"]}).text
    assert 'value="tomma" checked' in page
    assert 'value="nyhetsbrevet">' in page


def test_sending_to_one_list_after_another_is_refused_by_name(alice: TestClient) -> None:
    alice.post(f"{ISSUE}/send", data={"list": ["nyhetsbrevet"]})
    answer = alice.post(f"{ISSUE}/send", data={"list": ["nyhetsbrevet", "parter"]})
    assert answer.status_code == 422
    assert "Nyhetsbrevet" in answer.text
    assert count_dispatches() == 3


def test_who_may_only_look_cannot_send_or_stop(sign_in: SignIn) -> None:
    viktor = sign_in("viktor@example.org")
    assert viktor.post(f"{ISSUE}/send", data={"list": ["nyhetsbrevet"]}).status_code == 403
    assert viktor.post("/app/foreningen/dispatches/1/pause").status_code == 403
    for path in ("", "/send", "/send?list=nyhetsbrevet"):
        page = viktor.get(f"{ISSUE}{path}")
        assert page.status_code == 200
        assert "Du får titta på allt här, men inte skicka." in page.text
        assert f'{ISSUE}/send"' not in page.text, path
    assert count_dispatches() == 2


def test_previews_show_the_draft_in_every_form(alice: TestClient) -> None:
    mail = alice.get(f"{ISSUE}/preview/mail")
    assert '<base target="_blank">' in mail.text
    assert "sandbox" in mail.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in mail.headers["content-security-policy"]
    web = alice.get(f"{ISSUE}/preview/web")
    assert 'id="b-mote"' in web.text
    assert "Exempelgården" in alice.get(f"{ISSUE}?view=text").text


def test_the_preview_of_a_sent_issue_is_what_went_out(alice: TestClient, world: World) -> None:
    for view in ("mail", "web"):
        page = alice.get(f"/app/foreningen/n/natverksbrevet/2016-1/preview/{view}")
        assert page.status_code == 200
        assert "Exempelgården" in page.text


def test_home_shows_issues_lists_and_dispatches(alice: TestClient) -> None:
    page = alice.get("/app/foreningen").text
    for words in ("2017:1", "Utkast", "Nyhetsbrevet", "3 prenumeranter", "Skickat nyligen", "Inga nummer än"):
        assert words in page, words


def test_home_in_english_stays_english(alice: TestClient) -> None:
    alice.get("/app/foreningen?lang=en")
    assert "Sent lately" in alice.get("/app/foreningen").text


def test_a_list_is_searched_and_paged(alice: TestClient, world: World) -> None:
    page = "/app/foreningen/lists/nyhetsbrevet"
    assert alice.get(page).text.count("@example.org</th>") == 3
    assert alice.get(page, params={"q": "CECILIA"}).text.count("@example.org</th>") == 1
    nothing = alice.get(page, params={"q": '"><script>%_'})
    assert "Inga träffar" in nothing.text
    assert "<script>%_" not in nothing.text
    assert alice.get(page, params={"after": "-1"}).status_code == 404


def test_a_name_in_a_line_is_told_before_sending(alice: TestClient) -> None:
    told = "{{ i en rubrik eller en annan rad skickas som det står."
    send = f"{ISSUE}/send?list=nyhetsbrevet"
    assert told not in alice.get(send).text
    form = open_form(alice, "slut") | {"f.heading": "Hej {{fornamn|du}}", "f.body": "Text till {{fornamn|dig}}"}
    assert alice.post(f"{ISSUE}/edit/b/slut", data=form).status_code == 303
    assert told in alice.get(send).text
    alice.post(f"{ISSUE}/edit/undo")
    assert told not in alice.get(send).text
    alice.post(f"{ISSUE}/edit/autosave", data={"subject": "Hej {{fornamn|du}}"})
    assert told in alice.get(send).text
