"""Who may read the archive: everybody, whoever has the address, or readers by a link of their own (cases B4, B9)."""

import re

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.archive.reading import sign_reading
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import load_content
from mailer.deliveries.personalise import Personaliser
from mailer.deliveries.start import start_dispatch
from mailer.newsletters.models import MEMBERS, PUBLIC, UNLISTED, Newsletter
from mailer.subscribers.erasing import erase_subscriber
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import Subscriber
from mailer.tokens import minutes_of, sign
from tests.web.conftest import SignIn
from tests.web.world import NOW, World, make_issue

ROOT = "/n/natverksbrevet/"
BELOW = ("", "2016-1", "2016-1/tell", "2016-1/mote.ics", "feed.atom", "feed.json", "events.ics", "search?q=m", "latest")
SETTINGS = "/app/foreningen/newsletters/natverksbrevet/web"


def open_to(engine: Engine, access: str) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Newsletter).where(Newsletter.slug == "natverksbrevet").values(archive_access=access))


@pytest.fixture
def reading(engine: Engine, world: World) -> str:
    """The archive is for readers alone; return the root of Anna's."""
    open_to(engine, MEMBERS)
    return f"/r/{sign_reading(world.readers[0], world.newsletter)}/"


@pytest.mark.parametrize("path", BELOW)
def test_b4_an_archive_for_readers_is_closed_to_strangers(reading: str, stranger: TestClient, path: str) -> None:
    answer = stranger.get(ROOT + path)
    assert answer.status_code == 404
    assert answer.text == stranger.get(ROOT + "2031-9").text.replace("2031-9", path.partition("?")[0])
    assert "Nyheter och möten" not in answer.text
    assert "noindex" in answer.headers["x-robots-tag"]


def test_b4_the_sitemap_does_not_know_it(reading: str, stranger: TestClient) -> None:
    sitemap = stranger.get("/sitemap.xml").text
    assert "natverksbrevet" not in sitemap
    assert "/n/tomt/" in sitemap


@pytest.mark.parametrize(
    "path", ["", "2016-1", "2016-1/mote.ics", "feed.atom", "feed.json", "events.ics", "search?q=m"]
)
def test_a_readers_link_opens_everything_and_is_not_kept_or_passed_on(
    reading: str, stranger: TestClient, path: str
) -> None:
    answer = stranger.get(reading + path)
    assert answer.status_code == 200
    assert "Nyheter" in answer.text or "VCALENDAR" in answer.text
    if not path.endswith(".ics") or path == "events.ics":
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_links_of_a_readers_pages_stay_inside(reading: str, stranger: TestClient) -> None:
    for path in ("", "2016-1", "search?q=m"):
        inside = re.findall(r'href="(/[nr]/[^"]*)"', stranger.get(reading + path).text)
        assert any(one.startswith(reading) for one in inside)
        assert not [one for one in inside if re.match(rf"{ROOT}(\d|search|feed|events|$)", one)]
    assert f"http://localhost:8025{reading}2016-1" in stranger.get(reading + "feed.atom").text


def test_a_meetings_file_holds_no_readers_link(reading: str, stranger: TestClient) -> None:
    for path in ("2016-1/mote.ics", "events.ics"):
        assert "/r/" not in stranger.get(reading + path).text


@pytest.mark.parametrize("how", ["left", "erased", "moved", "other purpose", "other newsletter"])
def test_b9_a_readers_link_dies(engine: Engine, world: World, reading: str, stranger: TestClient, how: str) -> None:
    anna, token = world.readers[0], reading[3:-1]
    with db.transaction(engine) as session:
        mine = session.get_one(Subscriber, anna.id)
        if how == "left":
            leave_lists(session, mine, [world.lists[0].id], now=NOW, source="test")
        elif how == "erased":
            erase_subscriber(session, mine, now=NOW)
        elif how == "moved":
            mine.link_generation += 1
        elif how == "other purpose":
            token = sign("leave", anna.id, world.newsletter.id, 0)
        else:
            token = sign("read", anna.id, world.newsletter.id + 1, 0)
    answer = stranger.get(f"/r/{token}/2016-1")
    assert answer.status_code == 404
    assert answer.text == stranger.get("/r/nonsense/2016-1").text.replace("nonsense", token)


def test_mails_of_such_a_newsletter_open_the_readers_own_archive(
    engine: Engine, world: World, reading: str, stranger: TestClient
) -> None:
    with db.transaction(engine) as session:
        newsletter = session.get_one(Newsletter, world.newsletter.id)
        issue = make_issue(session, newsletter, "2026:4")
        dispatch = start_dispatch(session, issue, world.lists[:1], actor="test", now=NOW)
        maker = Personaliser(load_content(session, dispatch.id))
    anna = world.readers[0]
    octets = maker.make(Reader(1, anna.id, anna.address, "", "", 0, str(world.lists[0].id), 0), NOW).octets
    text = octets.replace(b"=\r\n", b"").decode()
    own = f"http://localhost:8025{reading}2026-4"
    assert text.count(own) >= 3
    assert "http://localhost:8025/n/natverksbrevet/2026" not in text
    assert "/tell" not in text
    assert stranger.get(own).status_code == 200


def test_an_unlisted_archive_is_open_but_not_to_be_found(engine: Engine, world: World, stranger: TestClient) -> None:
    open_to(engine, UNLISTED)
    for path in ("", "2016-1", "search?q=m"):
        answer = stranger.get(ROOT + path)
        assert answer.status_code == 200
        assert answer.headers["x-robots-tag"] == "noindex"
    assert "natverksbrevet" not in stranger.get("/sitemap.xml").text
    open_to(engine, PUBLIC)
    assert "x-robots-tag" not in stranger.get(ROOT).headers


def test_my_subscription_leads_to_the_archive(world: World, reading: str, stranger: TestClient) -> None:
    anna = world.readers[0]
    token = sign("own", anna.id, anna.link_generation, minutes_of(clock.now()))
    page = stranger.get(f"/min/{token}")
    assert f'href="{reading}"' in page.text


def test_the_archive_shows_one_year_when_asked(world: World, engine: Engine, stranger: TestClient) -> None:
    with db.transaction(engine) as session:
        newsletter = session.get_one(Newsletter, world.newsletter.id)
        start_dispatch(session, make_issue(session, newsletter, "2025:1"), world.lists[:1], actor="test", now=NOW)
    assert stranger.get(ROOT).text.count('<h2 id="year-') == 2
    page = stranger.get(ROOT + "?year=2025").text
    assert page.count('<h2 id="year-') == 1
    assert 'aria-current="page">2025</a>' in page
    assert stranger.get(ROOT + "?year=1066").text.count('<h2 id="year-') == 2


def test_who_may_read_is_chosen_by_writers(alice: TestClient, sign_in: SignIn, world: World) -> None:
    assert alice.post(SETTINGS, data={"access": "members"}).status_code == 303
    assert alice.post(SETTINGS, data={"access": "nobody"}).status_code == 422
    assert sign_in("viktor@example.org").post(SETTINGS, data={"access": "public"}).status_code == 403
    assert sign_in("charlie@example.org").post(SETTINGS, data={"access": "public"}).status_code == 404
    with db.reading() as session:
        assert session.get_one(Newsletter, world.newsletter.id).archive_access == MEMBERS
