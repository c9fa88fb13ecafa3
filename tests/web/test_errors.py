"""Pages for what goes wrong: the right status, the reader's language, and never a trace (N3)."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from mailer import db
from tests.web.conftest import BASE
from tests.web.world import World


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
    big = {"list": "x" * 200_000}
    assert alice.post("/app/foreningen/n/natverksbrevet/2017-1/send", data=big).status_code == 413


def test_health_says_what_is_missing(engine: Engine, stranger: TestClient) -> None:
    answer = stranger.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": True, "broker": False}
