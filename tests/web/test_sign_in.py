"""Signing in: trust cases G2, G13; a link works once, for a day, and only by its button."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.accounts.models import SignInLink, UserSession
from mailer.accounts.queries import create_user, get_user_by_email
from mailer.accounts.sign_in import create_sign_in_link, find_session_user, get_link_user
from mailer.errors import RefusedError
from tests.web.conftest import BASE, SignIn
from tests.web.world import NOW, World

OWN = {"origin": BASE}


@pytest.fixture
def secret(world: World) -> str:
    with db.transaction() as session:
        return create_sign_in_link(session, get_user_by_email(session, "alice@example.org"), clock.now())


def test_opening_the_link_asks_and_uses_nothing_up(stranger: TestClient, secret: str) -> None:
    for _ in range(3):
        page = stranger.get(f"/sign-in/{secret}")
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
    assert stranger.post(f"/sign-in/{secret}", headers=OWN).headers["location"] == "/app"


def test_the_button_signs_in_with_a_guarded_cookie(stranger: TestClient, secret: str) -> None:
    cookie = stranger.post(f"/sign-in/{secret}", headers=OWN).headers["set-cookie"]
    assert cookie.startswith("mailer_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert stranger.get("/app").headers["location"] == "/app/foreningen"


def test_the_database_holds_only_hashes(stranger: TestClient, secret: str) -> None:
    cookie = stranger.post(f"/sign-in/{secret}", headers=OWN).cookies["mailer_session"]
    with db.reading() as session:
        stored = [*session.scalars(select(UserSession.secret_hash)), *session.scalars(select(SignInLink.secret_hash))]
    assert all(secret.encode() not in value and cookie.encode() not in value for value in stored)


def test_a_used_link_does_not_sign_in_again(stranger: TestClient, app: object, secret: str) -> None:
    stranger.post(f"/sign-in/{secret}", headers=OWN)
    stranger.cookies.clear()
    again = stranger.post(f"/sign-in/{secret}", headers=OWN)
    assert again.status_code == 410
    assert "set-cookie" not in again.headers


def test_a_used_link_leads_home_when_signed_in(stranger: TestClient, secret: str) -> None:
    stranger.post(f"/sign-in/{secret}", headers=OWN)
    assert stranger.get(f"/sign-in/{secret}").headers["location"] == "/app"


def test_an_unknown_link_is_a_clear_page(stranger: TestClient) -> None:
    page = stranger.get("/sign-in/nothing", headers={"accept-language": "sv"})
    assert page.status_code == 404
    assert "Inloggningslänken fungerar inte" in page.text


def test_a_link_is_too_old_after_a_day(engine: Engine) -> None:
    with db.transaction(engine) as session:
        secret = create_sign_in_link(session, create_user(session, "bo@example.org", now=NOW), NOW)
        assert get_link_user(session, secret, NOW + timedelta(hours=23, minutes=59)).email == "bo@example.org"
        with pytest.raises(RefusedError, match="too old"):
            get_link_user(session, secret, NOW + timedelta(hours=24))


def test_a_session_that_was_there_before_is_replaced(sign_in: SignIn, secret: str) -> None:
    browser = sign_in("viktor@example.org")
    before = browser.cookies["mailer_session"]
    browser.post(f"/sign-in/{secret}")
    assert browser.cookies["mailer_session"] != before
    with db.reading() as session:
        assert find_session_user(session, before, clock.now()) is None


def test_signing_out_ends_the_session_everywhere(alice: TestClient) -> None:
    secret = alice.cookies["mailer_session"]
    assert alice.post("/sign-out").headers["location"] == "/sign-in"
    alice.cookies.set("mailer_session", secret)
    assert alice.get("/app").headers["location"] == "/sign-in"


def test_the_cookie_is_secure_when_the_service_is(
    monkeypatch: pytest.MonkeyPatch, world: World, stranger: TestClient, secret: str
) -> None:
    from mailer.config import get_settings  # noqa: PLC0415 - cleared below, so that the new address counts

    monkeypatch.setenv("MAILER_BASE_URL", "https://brev.example.org")
    get_settings.cache_clear()
    answer = stranger.post(f"/sign-in/{secret}", headers={"origin": "https://brev.example.org"})
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
