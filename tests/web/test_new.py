"""Making lists and newsletters in the browser: by owners, checked, kept when refused, and told what comes next."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.accounts.queries import get_user_by_email
from mailer.activity.models import Activity
from mailer.activity.queries import JUST_NOW
from mailer.lists.models import MailingList
from mailer.lists.queries import list_lists
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import default_lists, get_newsletter, list_newsletters
from mailer.workspaces.queries import add_member, create_workspace
from tests.at_once import at_once
from tests.web.conftest import SignIn
from tests.web.world import NOW, World

LIST = "/app/foreningen/new-list"
NEWSLETTER = "/app/foreningen/new-newsletter"
GOOD = {
    "name": "Månadens brev",
    "sender_name": "Föreningen",
    "sender_email": "brev@example.org",
    "reply_to": "",
    "language": "en",
    "list.parter": "yes",
    "new_list": "",
}


@pytest.fixture
def fresh(alice: TestClient) -> TestClient:
    """Alice's browser beside a workspace with nothing in it, which she owns and Viktor edits."""
    with db.transaction() as session:
        workspace = create_workspace(session, "viken", "Vikens kommun", now=NOW)
        for email, role in (("alice@example.org", "owner"), ("viktor@example.org", "editor")):
            add_member(session, workspace.id, get_user_by_email(session, email).id, role, now=NOW)
    return alice


def names_and_slugs(world: World) -> list[tuple[str, str]]:
    with db.reading() as session:
        return [(one.name, one.slug) for one in list_lists(session, world.workspace_id)]


def list_facts() -> list[tuple[str, str]]:
    with db.reading() as session:
        made = select(Activity).where(Activity.verb.endswith(".made")).order_by(Activity.id)
        return [(one.verb, one.subject) for one in session.scalars(made)]


# Lists


def test_a_list_is_made_under_a_short_name_of_its_own(alice: TestClient, world: World) -> None:
    answer = alice.post(LIST, data={"name": "  Pärter  "})
    assert answer.headers["location"] == "/app/foreningen/lists/parter-2?done=made"
    page = alice.get(answer.headers["location"]).text
    assert "Listan är skapad." in page
    assert 'href="/app/foreningen/lists/parter-2/settings"' in page
    assert page.count("nställningar</a>") == 1
    assert ("Pärter", "parter-2") in names_and_slugs(world)
    assert [verb for verb, _ in list_facts()] == ["list.made"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "med bokstäver eller siffror"),
        (" ", "med bokstäver eller siffror"),
        ("x" * 121, "högst 120 tecken"),
        ("x" * 1001, "högst 120 tecken"),
        ("\u0301", "med bokstäver eller siffror"),
        ("😀😀", "med bokstäver eller siffror"),
        ("Brev\x00", "tecken som inte syns"),
        ("Brev\u200b", "tecken som inte syns"),
        ("Brev\u202e", "tecken som inte syns"),
        ("PARTER", "Namnet används redan"),
    ],
)
def test_a_list_with_a_wrong_or_taken_name_is_not_made(alice: TestClient, world: World, name: str, words: str) -> None:
    before = names_and_slugs(world)
    page = alice.post(LIST, data={"name": name})
    assert page.status_code == 422
    assert words in page.text
    assert page.text.count('class="fault"') == 1
    assert "<title>Fel: Ny lista" in page.text
    assert names_and_slugs(world) == before


def test_a_refused_name_is_kept_and_shown_as_text(alice: TestClient) -> None:
    page = alice.post(LIST, data={"name": f'"><b>{"x" * 121}'})
    assert f'value="&#34;&gt;&lt;b&gt;{"x" * 121}"' in page.text


def test_a_name_without_latin_letters_gets_a_short_name_too(alice: TestClient, world: World) -> None:
    assert alice.post(LIST, data={"name": "Новости"}).headers["location"].endswith("/lists/list?done=made")
    assert alice.post(LIST, data={"name": "ニュース"}).headers["location"].endswith("/lists/list-2?done=made")


def test_a_second_press_ends_at_the_list_that_the_first_one_made(alice: TestClient, world: World) -> None:
    assert len({alice.post(LIST, data={"name": "Ledamöter"}).headers["location"] for _ in range(2)}) == 1
    assert [verb for verb, _ in list_facts()] == ["list.made"]
    make_it_older()
    page = alice.post(LIST, data={"name": "Ledamöter"})
    assert (page.status_code, 'id="name-fault"' in page.text) == (422, True)


@pytest.mark.usefixtures("alice")
def test_several_presses_at_the_same_moment_make_one_list(sign_in: SignIn, world: World) -> None:
    browser = sign_in("alice@example.org")
    assert len(at_once(lambda: browser.post(LIST, data={"name": "Ledamöter"}).headers["location"])) == 1
    assert [name for name, _ in names_and_slugs(world)].count("Ledamöter") == 1


def make_it_older() -> None:
    """Put what has been done, and made, out of the minutes that count as just now."""
    past = clock.now() - JUST_NOW - timedelta(seconds=1)
    with db.transaction() as session:
        session.execute(update(Activity).values(at=past))
        session.execute(update(MailingList).values(created_at=past))
        session.execute(update(Newsletter).values(created_at=past))


def test_what_is_made_is_told_for_a_while_only(alice: TestClient) -> None:
    told = (
        (alice.post(LIST, data={"name": "Ledamöter"}).headers["location"], "Listan är skapad."),
        (alice.post(NEWSLETTER, data=GOOD).headers["location"], "Nyhetsbrevet Månadens brev är skapat."),
    )
    assert [words in alice.get(place).text for place, words in told] == [True, True]
    make_it_older()
    assert [words in alice.get(place).text for place, words in told] == [False, False]


def test_a_list_that_is_called_new_is_found(alice: TestClient) -> None:
    place = alice.post(LIST, data={"name": "New list"}).headers["location"]
    assert place == "/app/foreningen/lists/new-list?done=made"
    assert "<h1>New list</h1>" in alice.get(place).text


# Newsletters


def test_a_newsletter_is_made_and_its_theme_says_what_comes_next(alice: TestClient, world: World) -> None:
    answer = alice.post(NEWSLETTER, data=GOOD | {"list.nyhetsbrevet": "yes", "reply_to": "svar@example.org"})
    assert answer.headers["location"] == "/app/foreningen/newsletters/manadens-brev/theme?done=made"
    page = alice.get(answer.headers["location"]).text
    assert "Nyhetsbrevet Månadens brev är skapat." in page
    assert 'href="/app/foreningen/n/manadens-brev/new"' in page
    with db.reading() as session:
        made = get_newsletter(session, world.workspace_id, "manadens-brev")
        assert (made.language, made.sender_name, made.sender_email, made.reply_to) == (
            "en",
            "Föreningen",
            "brev@example.org",
            "svar@example.org",
        )
        assert (made.theme["organisation"], made.theme["email"]) == ("Föreningen Exempel", "svar@example.org")
        assert [one.slug for one in default_lists(session, made.id)] == ["nyhetsbrevet", "parter"]
        assert list_facts() == [("newsletter.made", f"newsletter:{made.id}")]
    assert alice.get("/n/manadens-brev/").status_code == 200
    assert alice.get("/n/manadens-brev/join").status_code == 200


def test_the_first_newsletter_brings_its_list_along(fresh: TestClient) -> None:
    form = fresh.get("/app/viken/new-newsletter").text
    assert 'name="new_list" type="text" value="Nyhetsbrevet"' in form
    assert 'name="sender_name" type="text" value="Vikens kommun"' in form
    data = {name: value for name, value in GOOD.items() if name != "list.parter"}
    data |= {"new_list": "Nyhetsbrevet", "sender_email": "brev@viken.example"}
    assert fresh.post("/app/viken/new-newsletter", data=data).status_code == 303
    with db.reading() as session:
        made = session.scalars(select(Newsletter).where(Newsletter.slug == "manadens-brev")).one()
        assert [(one.name, one.slug) for one in default_lists(session, made.id)] == [("Nyhetsbrevet", "nyhetsbrevet")]
    assert [verb for verb, _ in list_facts()] == ["list.made", "newsletter.made"]
    assert fresh.get("/app/viken/n/manadens-brev/new").status_code == 200
    assert fresh.post("/app/viken/n/manadens-brev/new", data={"number": "2026:1", "begin": "empty"}).status_code == 303


def test_every_fault_is_said_at_its_field_and_everything_is_kept(alice: TestClient, world: World) -> None:
    typed = {
        "name": " ",
        "sender_name": "x" * 121,
        "sender_email": "föreningen@example.org",
        "reply_to": "nobody",
        "language": "xx",
        "list.parter": "yes",
        "new_list": "Nyhetsbrevet",
    }
    page = alice.post(NEWSLETTER, data=typed)
    assert page.status_code == 422
    assert page.text.count('class="fault"') == 6
    for kept in ("x" * 121, "föreningen@example.org", "nobody", "Nyhetsbrevet"):
        assert f'value="{kept}"' in page.text
    assert 'name="list.parter" value="yes" checked' in page.text
    assert 'name="list.tomma" value="yes">' in page.text
    with db.reading() as session:
        assert len(list_newsletters(session, world.workspace_id)) == 2
    assert len(names_and_slugs(world)) == 3


@pytest.mark.parametrize("chosen", [{}, {"list.unknown": "yes"}])
def test_a_newsletter_without_a_list_is_not_made(alice: TestClient, chosen: dict[str, str]) -> None:
    data = {name: value for name, value in GOOD.items() if not name.startswith("list.")}
    page = alice.post(NEWSLETTER, data=data | chosen)
    assert page.status_code == 422
    assert 'id="lists-fault"' in page.text


def test_a_name_that_another_newsletter_of_the_workspace_has_is_refused(alice: TestClient) -> None:
    page = alice.post(NEWSLETTER, data=GOOD | {"name": "nätverksbrevet"})
    assert 'id="name-fault"' in page.text


def test_a_second_press_ends_at_the_newsletter_that_the_first_one_made(alice: TestClient, world: World) -> None:
    both = [alice.post(NEWSLETTER, data=GOOD | {"new_list": "Ledamöter"}) for _ in range(2)]
    assert {one.headers["location"] for one in both} == {"/app/foreningen/newsletters/manadens-brev/theme?done=made"}
    assert [verb for verb, _ in list_facts()] == ["list.made", "newsletter.made"]
    make_it_older()
    assert alice.post(NEWSLETTER, data=GOOD).status_code == 422


def test_an_address_that_another_workspace_has_gets_a_number(sign_in: SignIn) -> None:
    charlie = sign_in("charlie@example.org")
    data = GOOD | {"name": "Nätverksbrevet", "new_list": "Parter", "sender_email": "brev@annan.example"}
    answer = charlie.post("/app/annan/new-newsletter", data=data)
    assert answer.headers["location"] == "/app/annan/newsletters/natverksbrevet-2/theme?done=made"


def test_nobody_makes_a_newsletter_in_the_name_of_another_workspace(sign_in: SignIn) -> None:
    charlie = sign_in("charlie@example.org")
    answer = charlie.post("/app/annan/new-newsletter", data=GOOD | {"new_list": "Parter"})
    assert answer.status_code == 422
    assert "En annan arbetsyta skickar från den domänen" in answer.text


# The home page


def test_an_empty_workspace_has_one_thing_to_do_first(fresh: TestClient) -> None:
    page = fresh.get("/app/viken").text
    assert page.count('class="button" href') == 1
    assert '<a class="button" href="/app/viken/new-newsletter">' in page
    assert "Skickat nyligen" not in page
    assert page.index("/app/viken/new-newsletter") < page.index("mailer up")
    english = fresh.get("/app/viken?lang=en").text
    assert "Make your first newsletter" in english


@pytest.mark.usefixtures("fresh")
def test_others_are_told_who_makes_the_first_newsletter(sign_in: SignIn) -> None:
    page = sign_in("viktor@example.org").get("/app/viken").text
    assert "En ägare av arbetsytan skapar det" in page
    assert "new-newsletter" not in page
    assert "new-list" not in page


def test_owners_find_both_forms_on_the_home_page(alice: TestClient) -> None:
    page = alice.get("/app/foreningen").text
    assert f'href="{NEWSLETTER}"' in page
    assert f'href="{LIST}"' in page


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("place", ["viken", "foreningen"])  # where he edits, and where he looks
def test_only_owners_make_something(sign_in: SignIn, place: str) -> None:
    viktor = sign_in("viktor@example.org")
    for path in (f"/app/{place}/new-list", f"/app/{place}/new-newsletter"):
        assert viktor.get(path).status_code == 403
        assert viktor.post(path, data=GOOD).status_code == 403
    assert list_facts() == []
