"""Settings of lists and join forms: saved, refused with everything kept, and only by those who may."""

from starlette.testclient import TestClient

from mailer import db
from mailer.lists.queries import get_list
from mailer.newsletters.join_form import read_join_form
from mailer.newsletters.models import Newsletter
from tests.web.conftest import SignIn
from tests.web.world import World

LIST = "/app/foreningen/lists/nyhetsbrevet/settings"
FORM = "/app/foreningen/newsletters/natverksbrevet/join"
GOOD = {"name": "Brevet", "access": "closed", "legal_basis": "public_task", "welcome": "Hej!", "description": "Ofta"}


def test_a_list_is_renamed_and_closed(alice: TestClient, world: World) -> None:
    assert alice.post(LIST, data=GOOD).headers["location"].endswith("done=yes")
    with db.reading() as session:
        found = get_list(session, world.workspace_id, "nyhetsbrevet")
        assert (found.name, found.access, found.legal_basis, found.welcome) == (
            "Brevet",
            "closed",
            "public_task",
            "Hej!",
        )


def test_wrong_settings_are_said_at_their_fields(alice: TestClient, world: World) -> None:
    page = alice.post(LIST, data=GOOD | {"name": " ", "access": "all", "welcome": "x" * 2001})
    assert page.status_code == 422
    assert page.text.count('class="fault"') == 3
    with db.reading() as session:
        assert get_list(session, world.workspace_id, "nyhetsbrevet").name == "Nyhetsbrevet"


def test_a_list_is_renamed_as_one_is_named(alice: TestClient, world: World) -> None:
    for name in ("Parter", "Brev\u200b", "😀", "x" * 1001):
        page = alice.post(LIST, data=GOOD | {"name": name})
        assert page.status_code == 422
        assert 'id="name-fault"' in page.text
        assert f'value="{name}"' in page.text
    assert alice.post(LIST, data=GOOD | {"name": "NYHETSBREVET"}).status_code == 303


def test_questions_are_made_changed_and_taken_away(alice: TestClient, world: World) -> None:
    data = {
        "asks_name": "yes",
        "lead_sv": "Kom med!",
        "0.label_sv": "Kommun",
        "0.kind": "choice",
        "0.choices": "Viken\nÅn\n",
        "0.is_required": "yes",
        "1.label_sv": "",
        "2.label_sv": "Roll",
        "2.kind": "line",
    }
    assert alice.post(FORM, data=data).status_code == 303
    with db.reading() as session:
        form = read_join_form(session.get_one(Newsletter, world.newsletter.id).join_form)
    assert [(one.key, one.kind, one.choices) for one in form.fields] == [
        ("kommun", "choice", ("Viken", "Ån")),
        ("roll", "line", ()),
    ]
    assert not form.asks_organisation
    assert "Kommun" in alice.get(FORM).text


def test_a_choice_without_answers_is_refused_and_kept(alice: TestClient, world: World) -> None:
    page = alice.post(FORM, data={"0.label_sv": "Kommun", "0.kind": "choice", "0.choices": "Viken"})
    assert page.status_code == 422
    assert 'value="Kommun"' in page.text


def test_viewers_see_and_do_not_change(sign_in: SignIn, world: World) -> None:
    viktor = sign_in("viktor@example.org")
    for path in (LIST, FORM):
        assert viktor.get(path).status_code == 200
        assert viktor.post(path, data=GOOD).status_code == 403
    assert viktor.post("/app/foreningen/n/natverksbrevet/2016-1/withdraw", data={"reason": "x"}).status_code == 403
