"""A newsletter's settings: name, From address and lists are changed later, by whom they may, over nobody's words."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from mailer import db
from mailer.accounts.queries import get_user_by_email
from mailer.activity.models import Activity
from mailer.deliveries.content import load_content
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import default_lists
from mailer.workspaces.models import Member
from tests.web.conftest import SignIn
from tests.web.world import World

PAGE = "/app/foreningen/newsletters/natverksbrevet/settings"
SHOWN = {"was.name": "Nätverksbrevet", "was.sender_email": "brev@example.org", "was.list.nyhetsbrevet": "yes"}
SAME = {"name": "Nätverksbrevet", "sender_email": "brev@example.org", "list.nyhetsbrevet": "yes"}
GOOD = SHOWN | {"name": " Nytt  namn ", "sender_email": "nyheter@example.org", "list.parter": "yes"}


def read(world: World) -> tuple[str, str, list[str]]:
    with db.reading() as session:
        found = session.get_one(Newsletter, world.newsletter.id)
        return found.name, found.sender_email, [one.slug for one in default_lists(session, found.id)]


def list_facts() -> list[object]:
    with db.reading() as session:
        wanted = select(Activity).where(Activity.verb == "newsletter.settings_changed").order_by(Activity.id)
        return [one.detail["fields"] for one in session.scalars(wanted)]


@pytest.fixture
def editor(sign_in: SignIn) -> TestClient:
    """The browser of Viktor, who edits."""
    with db.transaction() as session:
        user = get_user_by_email(session, "viktor@example.org")
        session.scalars(select(Member).where(Member.user_id == user.id)).one().role = "editor"
    return sign_in("viktor@example.org")


def test_an_owner_changes_name_address_and_lists_and_the_address_of_the_archive_stays(
    alice: TestClient, world: World
) -> None:
    for page in ("/app/foreningen", PAGE.replace("settings", "theme")):
        assert f'href="{PAGE}"' in alice.get(page).text
    assert "Arkivets adress förblir /n/natverksbrevet/" in alice.get(PAGE).text
    answer = alice.post(PAGE, data=GOOD)
    assert answer.headers["location"] == f"{PAGE}?done=yes"
    assert read(world) == ("Nytt namn", "nyheter@example.org", ["parter"])
    assert list_facts() == [["name", "sender_email", "lists"]]
    page = alice.get(f"{PAGE}?done=yes").text
    assert "Ändringarna är sparade." in page
    assert 'value="nyheter@example.org"' in page
    assert "Nytt namn" in alice.get("/n/natverksbrevet/").text
    assert "Parter" in alice.get("/n/natverksbrevet/join").text
    assert 'value="parter" checked' in alice.get("/app/foreningen/n/natverksbrevet/2017-1").text


def test_what_is_being_sent_keeps_its_sender(alice: TestClient, world: World) -> None:
    with db.reading() as session:
        before = load_content(session, world.dispatch_id)
    assert alice.post(PAGE, data=GOOD).status_code == 303
    with db.reading() as session:
        assert load_content(session, world.dispatch_id) == before
    assert (before.sender_email, before.list_name) == ("brev@example.org", "Nätverksbrevet")
    assert alice.post("/app/foreningen/n/natverksbrevet/2017-1/send", data={"list": "nyhetsbrevet"}).status_code == 303
    with db.reading() as session:
        later = load_content(session, 3)
    assert (later.sender_email, later.list_name) == ("nyheter@example.org", "Nytt namn")
    assert later.list_id == before.list_id


def test_what_is_saved_as_it_was_is_no_change(alice: TestClient) -> None:
    assert alice.post(PAGE, data=SHOWN | SAME).status_code == 303
    assert list_facts() == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "högst 120 tecken"),
        ("name", "x" * 121, "högst 120 tecken"),
        ("name", "PARTERNAS brev", "används redan"),
        ("sender_email", "", "e-postadress"),
        ("sender_email", "åsa@example.org", "e-postadress"),
        ("sender_email", "x@example.org, y@example.org", "e-postadress"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_everything_is_kept(
    alice: TestClient, world: World, field: str, value: str, words: str
) -> None:
    before = read(world)
    page = alice.post(PAGE, data=GOOD | {field: value})
    assert page.status_code == 422
    assert words in page.text.partition(f'id="{field}-fault"')[2][:900]
    assert page.text.count('class="fault"') == 1
    assert 'name="list.parter" value="yes" checked' in page.text
    assert 'name="list.nyhetsbrevet" value="yes">' in page.text
    kept = {"name": "Nytt namn", "sender_email": "nyheter@example.org"} | {field: " ".join(value.split())}
    for name, text in kept.items():
        assert f'name="{name}" type="{"text" if name == "name" else "email"}" value="{text}"' in page.text
    assert read(world) == before
    assert list_facts() == []


def test_faults_stand_in_the_order_of_the_page(alice: TestClient) -> None:
    page = alice.post(PAGE, data=SHOWN | {"name": " ", "sender_email": "nobody"}).text
    places = [page.index(f'<a href="#{field}">') for field in ("name", "sender_email", "lists")]
    assert places == sorted(places)


def test_lists_cannot_all_be_taken_away(alice: TestClient, world: World) -> None:
    page = alice.post(PAGE, data=SHOWN | {"name": "Nytt namn", "sender_email": "brev@example.org"})
    assert page.status_code == 422
    assert "Välj minst en lista" in page.text.partition('id="lists-fault"')[2]
    assert read(world)[0] == "Nätverksbrevet"


def test_a_newsletter_that_never_had_a_list_is_renamed_and_given_one(alice: TestClient) -> None:
    other = PAGE.replace("natverksbrevet", "tomt")
    shown = {"was.name": "Parternas brev", "was.sender_email": "brev@example.org", "sender_email": "brev@example.org"}
    assert alice.post(other, data=shown | {"name": "Brevet"}).status_code == 303
    assert (
        alice.post(other, data=shown | {"was.name": "Brevet", "name": "Brevet", "list.parter": "1"}).status_code == 303
    )
    assert list_facts() == [["name"], ["lists"]]


def test_nobody_writes_over_what_somebody_else_has_changed(alice: TestClient, world: World) -> None:
    theirs = SHOWN | SAME | {"name": "Deras namn", "list.tomma": "yes"}
    assert alice.post(PAGE, data=theirs).status_code == 303
    page = alice.post(PAGE, data=GOOD | {"list.nyhetsbrevet": "yes"})
    assert page.status_code == 422
    assert "”Deras namn”" in page.text
    assert 'name="name" type="text" value="Nytt namn"' in page.text
    assert 'name="was.name" value="Deras namn"' in page.text
    assert read(world) == ("Deras namn", "brev@example.org", ["nyhetsbrevet", "tomma"])
    again = GOOD | {"was.name": "Deras namn", "was.list.tomma": "yes", "list.tomma": "yes", "list.nyhetsbrevet": "yes"}
    assert alice.post(PAGE, data=again).status_code == 303
    assert read(world) == ("Nytt namn", "nyheter@example.org", ["nyhetsbrevet", "parter", "tomma"])


def test_two_who_change_different_things_do_not_meet(alice: TestClient, world: World) -> None:
    assert alice.post(PAGE, data=SHOWN | SAME | {"name": "Deras namn", "list.tomma": "yes"}).status_code == 303
    assert alice.post(PAGE, data=SHOWN | SAME | {"sender_email": "ny@example.org"}).status_code == 303
    assert read(world) == ("Deras namn", "ny@example.org", ["nyhetsbrevet", "tomma"])


def test_an_editor_changes_all_but_the_address_which_is_for_owners(editor: TestClient, world: World) -> None:
    page = editor.get(PAGE).text
    assert 'name="sender_email"' not in page
    assert "En ägare av arbetsytan kan ändra adressen." in page
    assert editor.post(PAGE, data=GOOD).status_code == 403
    assert read(world)[0] == "Nätverksbrevet"
    data = {name: value for name, value in GOOD.items() if name != "sender_email"}
    assert editor.post(PAGE, data=data).status_code == 303
    assert read(world) == ("Nytt namn", "brev@example.org", ["parter"])


def test_viewers_look_and_strangers_get_nothing(sign_in: SignIn, world: World) -> None:
    viktor, charlie = sign_in("viktor@example.org"), sign_in("charlie@example.org")
    assert viktor.get(PAGE).status_code == 200
    assert "Spara</button>" not in viktor.get(PAGE).text
    assert viktor.post(PAGE, data=GOOD).status_code == 403
    assert charlie.get(PAGE).status_code == 404
    assert charlie.post(PAGE, data=GOOD).status_code == 404
    assert read(world)[0] == "Nätverksbrevet"
