"""What is refused before any handler: foreign hosts (G5, G6), other sites' forms (G8, G11), strangers (H1, N3)."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailer.config import get_settings
from mailer.tokens import sign
from mailer.web.guard import TOKEN
from tests.web.conftest import BASE, SignIn
from tests.web.routes import is_public, list_routes
from tests.web.world import World

ReadState = Callable[[], dict[str, list[Any]]]


def test_everything_but_the_public_pages_needs_a_session(app: FastAPI, world: World, stranger: TestClient) -> None:
    for method, path in list_routes(app):
        if is_public(path):
            continue
        answer = stranger.request(method, path, headers={"origin": BASE})
        if method == "GET":
            assert answer.status_code == 303, path
            assert answer.headers["location"].partition("?")[0] == "/sign-in", path
        else:
            assert answer.status_code == 401, path


def test_a_member_of_another_workspace_gets_the_same_404_everywhere(
    app: FastAPI, sign_in: SignIn, database_state: ReadState
) -> None:
    charlie = sign_in("charlie@example.org")
    before = database_state()
    for method, path in list_routes(app):
        if path.startswith("/app/"):
            unknown = charlie.request(method, path.replace("/app/foreningen", "/app/unknown"))
            theirs = charlie.request(method, path)
            assert theirs.status_code == unknown.status_code == 404, path
            assert theirs.text == unknown.text.replace("/app/unknown", "/app/foreningen"), path
    assert database_state() == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example.org"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": BASE},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_forms_of_other_sites_change_nothing(
    app: FastAPI, sign_in: SignIn, database_state: ReadState, headers: dict[str, str]
) -> None:
    alice = sign_in("alice@example.org")
    del alice.headers["origin"]
    before = database_state()
    for method, path in list_routes(app):
        if headers == {"origin": "null"} and TOKEN.fullmatch(path):
            continue
        if method != "GET" and not path.startswith("/u/") and "/join" not in path:
            assert alice.request(method, path, headers=headers).status_code == 403, path
            text = headers | {"content-type": "text/plain"}
            assert alice.request(method, path, headers=text, content=b"list=nyhetsbrevet").status_code == 403, path
    assert database_state() == before


def test_forms_of_token_pages_go_through_over_plain_http(stranger: TestClient, world: World) -> None:
    link = f"/m/{sign('manage', world.readers[0].id, world.dispatch_id, 0)}"
    assert stranger.post(link, headers={"origin": "null"}).status_code == 303
    for foreign in ({"origin": "https://evil.example.org"}, {"sec-fetch-site": "cross-site", "origin": "null"}):
        assert stranger.post(link, headers=foreign).status_code == 403


def test_our_own_pages_may_send_forms(alice: TestClient) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}  # as a browser says under `no-referrer`
    assert alice.post("/app/foreningen/dispatches/1/pause", headers=headers).status_code == 303


@pytest.mark.parametrize("host", ["evil.example.org", "localhost.evil.example.org", "local host", "localhost:80/x", ""])
def test_unknown_and_malformed_hosts_are_refused(stranger: TestClient, host: str) -> None:
    assert stranger.get("/sign-in", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8025", "127.0.0.1:8025", "[::1]:8025"])
def test_loopback_names_are_served(stranger: TestClient, host: str) -> None:
    assert stranger.get("/sign-in", headers={"host": host}).status_code == 200


def test_the_base_address_is_served(stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_BASE_URL", "https://brev.example.org")
    get_settings.cache_clear()
    assert stranger.get("/sign-in", headers={"host": "brev.example.org"}).status_code == 200
    assert stranger.get("/sign-in", headers={"host": "annat.example.org"}).status_code == 400


def test_every_answer_carries_the_security_headers(app: FastAPI, alice: TestClient) -> None:
    for method, path in list_routes(app):
        headers = alice.request(method, path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "script-src 'unsafe" not in headers["content-security-policy"], path
        assert headers["referrer-policy"], path
        assert headers["permissions-policy"], path
        assert "access-control-allow-origin" not in headers, path


def test_pages_of_members_and_of_tokens_are_kept_out_of_caches_and_indexes(world: World, alice: TestClient) -> None:
    for path in ("/app/foreningen", "/sign-in/nothing", "/u/nothing", "/m/nothing", "/unknown"):
        headers = alice.get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert "noindex" in headers["x-robots-tag"], path


def test_head_is_answered_like_get_without_a_body(alice: TestClient) -> None:
    for path in ("/app/foreningen", "/n/natverksbrevet/", "/n/natverksbrevet/2016-1"):
        answer = alice.head(path)
        assert answer.status_code == 200
        assert answer.content == b""


def test_there_is_no_description_of_the_interface(stranger: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/metrics", "/debug"):
        assert stranger.get(path).status_code == 404


def test_opening_every_page_changes_nothing(app: FastAPI, alice: TestClient, database_state: ReadState) -> None:
    before = database_state()
    for method, path in list_routes(app):
        if method == "GET" and path != "/healthz":
            for way in ("GET", "HEAD", "OPTIONS", "GET"):
                assert alice.request(way, path).status_code < 500, path
    assert database_state() == before
