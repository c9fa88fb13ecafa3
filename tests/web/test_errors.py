"""Pages for what goes wrong: the right status, the reader's language, and never a trace (N3)."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from mailer import db
from tests.web.conftest import BASE
from tests.web.routes import list_routes
from tests.web.world import World

READERS = {"address", "c", "m", "min", "no-tips", "r", "svar", "tip", "u", "undo"}  # who have them by a link alone


@pytest.fixture
def lenient(app: FastAPI) -> Iterator[TestClient]:
    """A browser that sees what a bug looks like from outside."""
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(("lang", "words"), [("sv", "Sidan hittades inte"), ("en", "The page was not found")])
def test_an_unknown_page_is_told_in_the_readers_language(stranger: TestClient, lang: str, words: str) -> None:
    page = stranger.get("/nowhere", headers={"accept-language": f"fi, {lang};q=0.8"})
    assert page.status_code == 404
    assert words in page.text
    assert f'<html lang="{lang}"' in page.text


def test_a_bug_is_a_500_without_its_trace(app: FastAPI, lenient: TestClient) -> None:
    @app.get("/bug")
    def fail() -> None:
        raise ZeroDivisionError("the secret cause")

    page = lenient.get("/bug", headers={"accept-language": "sv"})
    assert page.status_code == 500
    assert "Något gick fel hos oss" in page.text
    assert "secret cause" not in page.text
    assert "Traceback" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.sqlite_only  # where a missing table is an operational error
def test_a_database_that_is_away_is_a_503_with_a_hint(engine: Engine, world: World, lenient: TestClient) -> None:
    with db.transaction(engine) as session:
        session.execute(text("ALTER TABLE newsletters RENAME TO gone"))
    page = lenient.get("/n/natverksbrevet/")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "30"


def test_a_body_that_is_too_large_is_refused(alice: TestClient) -> None:
    send = "/app/foreningen/n/natverksbrevet/2017-1/send"
    page = alice.post(send, data={"list": "x" * 200_000})
    assert (page.status_code, "Det du skickade är för stort." in page.text) == (413, True)
    unannounced = (chunk for chunk in [b"list=", b"x" * 200_000])
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert alice.post(send, content=unannounced, headers=form).status_code == 413


@pytest.mark.parametrize(("lang", "words"), [("sv", "betjänas inte"), ("en", "not served here")])
@pytest.mark.parametrize("host", ["evil.example.org", "[", "local host", "localhost:80/x"])
def test_an_unknown_host_is_told_in_the_readers_language(
    stranger: TestClient, host: str, lang: str, words: str
) -> None:
    page = stranger.get("/sign-in", headers={"host": host, "accept-language": lang})
    assert (page.status_code, words in page.text) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/app/foreningen/n/natverksbrevet/2017-1/send", "GET, HEAD, POST"),
        ("DELETE", "/u/nothing", "GET, HEAD, POST"),
        ("GET", "/sign-out", "POST"),
        ("HEAD", "/app/foreningen/dispatches/1/pause", "POST"),
        ("POST", "/n/natverksbrevet/", "GET, HEAD"),
        ("POST", "/static/manifest.json", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_which_are_right(alice: TestClient, method: str, path: str, allowed: str) -> None:
    answer = alice.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/nowhere", '<a href="/app">Hem</a>'),
        ("/n/unknown/", '<a href="/app">Hem</a>'),
        ("/n/natverksbrevet/2019-9", '<a href="/n/natverksbrevet/">Tidigare nyhetsbrev</a>'),
        ("/app/foreningen/dispatches/99", '<a href="/app">Hem</a>'),
    ],
)
def test_a_missing_page_has_a_way_on(alice: TestClient, path: str, link: str) -> None:
    page = alice.get(path)
    assert (page.status_code, link in page.text) == (404, True)


def test_a_dead_link_leads_no_reader_to_the_members(app: FastAPI, stranger: TestClient, world: World) -> None:
    by_link = [path for method, path in list_routes(app) if method == "GET" and path.split("/")[1] in READERS]
    assert {path.split("/")[1] for path in by_link} == READERS
    for path in by_link:
        page = stranger.get(path)
        assert 'href="/app"' not in page.text, path


def test_health_says_what_is_missing(engine: Engine, stranger: TestClient) -> None:
    answer = stranger.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": True, "broker": False}
