"""Public pages are kept for a moment, never longer, and never what is somebody's."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event, update
from starlette.testclient import TestClient

from mailer import db
from mailer.config import get_settings
from mailer.issues.models import Issue
from mailer.web.app import create_app
from mailer.web.caching import MOST_PAGES
from tests.web.conftest import BASE
from tests.web.world import World

ISSUE = "/n/natverksbrevet/2016-1"


@pytest.fixture
def counted(engine: Engine) -> list[str]:
    """Every statement that reaches the database, as it comes."""
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    return said


@pytest.fixture
def visitor(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("MAILER_PAGE_CACHE_SECONDS", "60")
    get_settings.cache_clear()
    with TestClient(create_app(), base_url=BASE, follow_redirects=False) as client:
        yield client


def test_a_page_is_made_once_and_says_when_it_is_known(visitor: TestClient, counted: list[str]) -> None:
    first = visitor.get(ISSUE)
    counted.clear()
    again = visitor.get(ISSUE)
    assert (again.text, again.headers["etag"]) == (first.text, first.headers["etag"])
    assert visitor.get(ISSUE, headers={"if-none-match": f'"x", W/{first.headers["etag"]}'}).status_code == 304
    assert visitor.head(ISSUE).content == b""
    assert counted == []


def test_each_language_is_a_page_of_its_own(visitor: TestClient) -> None:
    assert "Tidigare nyhetsbrev" in visitor.get("/n/natverksbrevet/").text
    assert "Past newsletters" in visitor.get("/n/natverksbrevet/?lang=en").text
    assert "Tidigare nyhetsbrev" in visitor.get("/n/natverksbrevet/").text


@pytest.mark.parametrize("path", ["/n/natverksbrevet/join", "/n/unknown/", "/healthz", "/min"])
def test_what_is_somebody_s_or_refused_is_asked_for_each_time(visitor: TestClient, path: str) -> None:
    assert "etag" not in visitor.get(path).headers
    assert "etag" not in visitor.get(path).headers


def test_a_change_shows_when_the_moment_is_over(world: World, engine: Engine, stranger: TestClient) -> None:
    before = stranger.get(ISSUE)
    with db.transaction(engine) as session:
        session.execute(update(Issue).values(subject="Ett annat ämne"))
    after = stranger.get(ISSUE, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert "Ett annat ämne" in after.text


def test_many_who_want_a_stale_page_make_it_once(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch, counted: list[str]
) -> None:
    monkeypatch.setenv("MAILER_PAGE_CACHE_SECONDS", "0")
    get_settings.cache_clear()
    visitor.get(ISSUE)
    once = len(counted)
    monkeypatch.setenv("MAILER_PAGE_CACHE_SECONDS", "60")
    get_settings.cache_clear()
    counted.clear()
    gate = threading.Barrier(8)

    def ask(_number: int) -> int:
        gate.wait()
        return visitor.get(ISSUE).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {200}
    assert len(counted) == once


def test_queries_without_end_do_not_fill_the_memory(visitor: TestClient, counted: list[str]) -> None:
    for number in range(MOST_PAGES + 1):
        visitor.get(f"/n/natverksbrevet/theme.css?{number}")
    counted.clear()
    visitor.get(f"/n/natverksbrevet/theme.css?{MOST_PAGES}")
    assert counted == []
    visitor.get("/n/natverksbrevet/theme.css?0")
    assert counted
