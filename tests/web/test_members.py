"""Members: passwords, mailed links, set-up, invitations and roles (trust cases G1, G2, G7, G12, G13, G16, H6)."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.accounts.models import User
from mailer.accounts.passwords import set_password
from mailer.accounts.queries import get_user_by_email
from mailer.notices.kinds import KINDS
from mailer.notices.models import Notice
from mailer.tokens import minutes_of, sign
from mailer.workspaces.models import Member, Workspace
from mailer.workspaces.queries import find_membership
from tests.web.conftest import BASE, SignIn
from tests.web.world import World

OWN = {"origin": BASE}
PASSWORD = "grön tunnelbana i maj"


@pytest.fixture
def with_password(world: World) -> None:
    with db.transaction() as session:
        set_password(session, get_user_by_email(session, "alice@example.org"), PASSWORD)


def last_notice() -> Notice:
    with db.transaction() as session:
        return session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()


def told_url(notice: Notice, name: str) -> str:
    """Return the path of a link that the mail of this notice holds."""
    url: str = KINDS[notice.kind].tell(notice.values, clock.now())[name]
    return url.removeprefix(BASE)


def try_password(client: TestClient, email: str, password: str) -> tuple[int, str]:
    answer = client.post("/sign-in", data={"email": email, "password": password}, headers=OWN)
    return answer.status_code, answer.text


# Signing in


@pytest.mark.usefixtures("with_password")
def test_address_and_password_sign_in(stranger: TestClient) -> None:
    answer = stranger.post("/sign-in", data={"email": "Alice@Example.org", "password": PASSWORD}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
    assert stranger.get("/app").headers["location"] == "/app/foreningen"


@pytest.mark.usefixtures("with_password")
def test_signing_in_leads_to_the_page_that_was_wanted_and_to_no_other_site(stranger: TestClient) -> None:
    page = stranger.get("/app/foreningen/members")
    assert page.headers["location"] == "/sign-in?to=/app/foreningen/members"
    for to, leads in (
        ("/app/foreningen/members", "/app/foreningen/members"),
        ("https://evil.example.org/app", "/app"),
        ("//evil.example.org/app", "/app"),
        ("/app/../sign-out", "/app"),
        ("/app\\evil", "/app"),
    ):
        answer = stranger.post(
            "/sign-in", data={"email": "alice@example.org", "password": PASSWORD, "to": to}, headers=OWN
        )
        assert answer.headers["location"] == leads, to


@pytest.mark.usefixtures("with_password")
def test_g7_a_wrong_password_and_an_unknown_person_get_the_same_page(stranger: TestClient) -> None:
    known = try_password(stranger, "alice@example.org", "wrong")
    unknown = try_password(stranger, "nobody@example.org", "wrong")
    without = try_password(stranger, "viktor@example.org", "wrong")
    assert known[0] == 422
    assert (
        known[1].replace("alice@", "x@") == unknown[1].replace("nobody@", "x@") == without[1].replace("viktor@", "x@")
    )


def test_g7_asking_for_a_link_answers_the_same_for_everybody_and_mails_members_only(
    world: World, stranger: TestClient
) -> None:
    for email in ("alice@example.org", "nobody@example.org"):
        answer = stranger.post("/sign-in", data={"email": email, "way": "link"}, headers=OWN)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/sent")
    with db.reading() as session:
        assert [(one.kind, one.address) for one in session.scalars(select(Notice))] == [
            ("sign_in_link", "alice@example.org")
        ]


def test_the_mailed_link_signs_in_by_its_button_only(world: World, stranger: TestClient) -> None:
    stranger.post("/sign-in", data={"email": "alice@example.org", "way": "link"}, headers=OWN)
    path = told_url(last_notice(), "sign_in_url")
    for _ in range(3):
        assert stranger.get(path).status_code == 200
    assert stranger.post(path, headers=OWN).headers["location"] == "/app"
    assert stranger.get("/app").status_code == 303


@pytest.mark.usefixtures("with_password")
def test_g16_guessing_is_slowed_down_and_the_owner_gets_in_by_mail(stranger: TestClient) -> None:
    answers = [try_password(stranger, "alice@example.org", f"guess number {n}")[1] for n in range(12)]
    assert "too many attempts" in answers[-1] or "många försök" in answers[-1]
    status, page = try_password(stranger, "alice@example.org", PASSWORD)
    assert (status, "attempts" in page or "försök" in page) == (422, True)
    stranger.post("/sign-in", data={"email": "alice@example.org", "way": "link"}, headers=OWN)
    assert stranger.post(told_url(last_notice(), "sign_in_url"), headers=OWN).headers["location"] == "/app"


def test_nonsense_is_said_at_its_field_and_kept(stranger: TestClient, engine: Engine) -> None:
    answer = stranger.post(
        "/sign-in", data={"email": "<b>nobody", "password": "x"}, headers=OWN | {"accept-language": "sv"}
    )
    assert answer.status_code == 422
    assert "<title>Fel: Logga in" in answer.text
    assert 'role="alert"' in answer.text
    assert 'value="&lt;b&gt;nobody"' in answer.text
    assert 'aria-invalid="true"' in answer.text


# Passwords


def test_g1_a_new_password_signs_every_other_browser_out_and_tells_the_owner(sign_in: SignIn) -> None:
    here, there = sign_in("alice@example.org"), sign_in("alice@example.org")
    assert here.post("/account/password", data={"password": PASSWORD}).headers["location"] == "/account?done=password"
    assert here.get("/app/foreningen").status_code == 200
    assert there.get("/app/foreningen").status_code == 303
    assert (last_notice().kind, last_notice().address) == ("password_changed", "alice@example.org")


@pytest.mark.usefixtures("with_password")
def test_the_present_password_is_asked_for_unless_a_link_was_just_used(stranger: TestClient, sign_in: SignIn) -> None:
    stranger.post("/sign-in", data={"email": "alice@example.org", "password": PASSWORD}, headers=OWN)
    wrong = stranger.post("/account/password", data={"password": "fyra nya ord här", "present": "x"}, headers=OWN)
    assert wrong.status_code == 422
    right = stranger.post("/account/password", data={"password": "fyra nya ord här", "present": PASSWORD}, headers=OWN)
    assert right.status_code == 303
    assert sign_in("alice@example.org").post("/account/password", data={"password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("password", ["short", "alice@example.org", "aaaaaaaaaaaaaaaaaaaa", "x" * 201])
def test_a_weak_password_is_refused_and_nothing_changes(alice: TestClient, password: str) -> None:
    assert alice.post("/account/password", data={"password": password}).status_code == 422
    with db.reading() as session:
        assert get_user_by_email(session, "alice@example.org").password_hash == ""


def test_signing_out_everywhere_else_keeps_this_browser(sign_in: SignIn) -> None:
    here, there = sign_in("alice@example.org"), sign_in("alice@example.org")
    assert "2" in here.get("/account").text
    here.post("/account/sign-out-elsewhere")
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


# Setting up


def setup_path() -> str:
    return f"/setup/{sign('setup', minutes_of(clock.now()))}"


def test_g12_the_first_person_sets_up_and_nobody_does_after(stranger: TestClient, engine: Engine) -> None:
    path = setup_path()
    assert stranger.get(path).status_code == 200
    typed = {"organisation": "Föreningen\r\nÅn", "email": "maja@example.org", "password": PASSWORD}
    answer = stranger.post(path, data=typed, headers=OWN)
    assert answer.headers["location"] == "/app/foreningen-an"
    assert "Föreningen Ån" in stranger.get("/app/foreningen-an").text
    for method in ("GET", "POST"):
        assert stranger.request(method, path, headers=OWN).status_code == 404
        assert stranger.request(method, setup_path(), headers=OWN).status_code == 404


def test_g12_no_secret_or_an_old_one_opens_nothing(stranger: TestClient, engine: Engine) -> None:
    old = sign("setup", minutes_of(clock.now() - timedelta(hours=25)))
    for path in ("/setup/nothing", f"/setup/{old}", f"/setup/{sign('leave', minutes_of(clock.now()))}"):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, data={"organisation": "X", "email": "x@example.org"}, headers=OWN).status_code == 404
    with db.reading() as session:
        assert session.scalars(select(Workspace)).all() == []


def test_set_up_says_what_is_missing_and_makes_nothing(stranger: TestClient, engine: Engine) -> None:
    answer = stranger.post(setup_path(), data={"organisation": " ", "email": "x", "password": "short"}, headers=OWN)
    assert answer.status_code == 422
    assert answer.text.count('class="fault"') == 3
    with db.reading() as session:
        assert session.scalars(select(User)).all() == []


# Invitations


def invite(client: TestClient, email: str = "Bob@example.org", role: str = "editor") -> str:
    answer = client.post("/app/foreningen/members", data={"email": email, "role": role})
    assert answer.headers["location"].endswith("done=invited"), answer.text
    return told_url(last_notice(), "invitation_url")


def test_an_invitation_is_accepted_by_its_button_once(alice: TestClient, app: FastAPI) -> None:
    path = invite(alice)
    with TestClient(app, base_url=BASE, follow_redirects=False) as bob:
        for _ in range(2):
            page = bob.get(path)
            assert "Bob@example.org" in page.text
            assert "set-cookie" not in page.headers
        accepted = bob.post(path, data={"name": " Bob\r\n\u202eBy "}, headers=OWN)
        assert accepted.headers["location"] == "/app/foreningen"
        assert bob.get("/app/foreningen").status_code == 200
        assert bob.post(path, headers=OWN).status_code == 410
    with db.reading() as session:
        user = get_user_by_email(session, "bob@example.org")
        found = find_membership(session, user.id, "foreningen")
        assert found
        assert (user.name, found[1].role) == ("Bob By", "editor")  # a name is one line: it stands in mails' text


def test_a_new_invitation_replaces_the_former_and_a_withdrawn_one_is_dead(alice: TestClient) -> None:
    first = invite(alice)
    second = invite(alice)
    assert alice.get(first).status_code == 404
    assert alice.get(second).status_code == 200
    alice.post("/app/foreningen/members/withdraw", data={"email": "bob@example.org"})
    assert alice.get(second).status_code == 404


def test_who_is_a_member_already_is_not_invited(alice: TestClient) -> None:
    answer = alice.post("/app/foreningen/members", data={"email": "Viktor@example.org", "role": "owner"})
    assert answer.status_code == 422


# Roles


def member_id(email: str) -> int:
    with db.reading() as session:
        user = get_user_by_email(session, email)
        return session.scalars(select(Member.id).where(Member.user_id == user.id)).one()


def test_g1_a_changed_role_signs_the_person_out(alice: TestClient, sign_in: SignIn) -> None:
    viktor = sign_in("viktor@example.org")
    answer = alice.post(f"/app/foreningen/members/{member_id('viktor@example.org')}/role", data={"role": "editor"})
    assert answer.headers["location"].endswith("done=changed")
    assert viktor.get("/app/foreningen").status_code == 303


def test_h7_a_removed_member_is_out_at_once(alice: TestClient, sign_in: SignIn) -> None:
    viktor = sign_in("viktor@example.org")
    alice.post(f"/app/foreningen/members/{member_id('viktor@example.org')}/remove")
    assert viktor.get("/app/foreningen").status_code == 303
    assert sign_in("viktor@example.org").get("/app/foreningen").status_code == 404


def test_there_is_always_an_owner(alice: TestClient) -> None:
    own = f"/app/foreningen/members/{member_id('alice@example.org')}"
    for path, data in ((f"{own}/role", {"role": "viewer"}), (f"{own}/remove", {})):
        assert alice.post(path, data=data).status_code == 422
    assert alice.get("/app/foreningen").status_code == 200


def test_h6_only_owners_rule_and_nobody_raises_themselves(sign_in: SignIn) -> None:
    viktor = sign_in("viktor@example.org")
    mine = member_id("viktor@example.org")
    assert viktor.get("/app/foreningen/members").status_code == 200
    assert 'name="role"' not in viktor.get("/app/foreningen/members").text
    for path, data in (
        ("", {"email": "x@example.org", "role": "owner"}),
        ("/withdraw", {"email": "x@example.org"}),
        (f"/{mine}/role", {"role": "owner"}),
        (f"/{mine}/remove", {}),
    ):
        assert viktor.post(f"/app/foreningen/members{path}", data=data).status_code == 403, path
    assert viktor.post("/account/name", data={"name": "V", "role": "owner"}).status_code == 303
    with db.reading() as session:
        assert session.get_one(Member, mine).role == "viewer"


def test_a_member_of_another_workspace_cannot_be_touched_from_here(alice: TestClient) -> None:
    theirs = member_id("charlie@example.org")
    assert alice.post(f"/app/foreningen/members/{theirs}/role", data={"role": "viewer"}).status_code == 404
    assert alice.post(f"/app/foreningen/members/{theirs}/remove").status_code == 404


def test_who_works_in_two_workspaces_can_switch(alice: TestClient) -> None:
    with db.transaction() as session:
        other = session.scalars(select(Workspace.id).where(Workspace.slug == "annan")).one()
        user = get_user_by_email(session, "alice@example.org")
        session.add(Member(workspace_id=other, user_id=user.id, role="viewer", created_at=clock.now()))
    assert re.search(r'href="/app/annan">Annan', alice.get("/app/foreningen").text)
