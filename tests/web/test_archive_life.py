"""The archive lives on: search, feeds, withdrawal, correction, redaction (cases A17, B1, F6, I1, I3, W16, W20)."""

import json
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar
from sqlalchemy import select
from starlette.testclient import TestClient

from mailer import db
from mailer.archive.revising import replace_words
from mailer.errors import RefusedError
from mailer.issues.models import Snapshot, WebVersion
from tests.web.world import World

ARCHIVE = "/n/natverksbrevet/"
ATOM = "{http://www.w3.org/2005/Atom}"
OWN = "/app/foreningen/n/natverksbrevet/2016-1"


def test_words_are_found_inside_longer_ones_and_marked(stranger: TestClient, world: World) -> None:
    page = stranger.get(f"{ARCHIVE}search", params={"q": "HÖST exempel"})
    assert page.text.count('class="number">2016:') == 2
    assert "<mark>höst</mark>" in page.text
    assert "2017:1" not in page.text
    assert "Inga träffar" in stranger.get(f"{ARCHIVE}search", params={"q": "giraff"}).text
    assert stranger.get(f"{ARCHIVE}search").status_code == 200


@pytest.mark.parametrize("query", ["%", "_", "' OR 1=1 --", '"', "\\", "<script>", "a" * 9000, "* NEAR(a b)", "%s%00"])
def test_i1_i3_strange_queries_are_words_like_others(stranger: TestClient, world: World, query: str) -> None:
    page = stranger.get(f"{ARCHIVE}search", params={"q": query})
    assert page.status_code == 200
    assert 'class="number">2016:' not in page.text
    assert "<script>" not in page.text


def test_the_atom_feed_is_what_its_standard_asks_for(stranger: TestClient, world: World) -> None:
    answer = stranger.get(f"{ARCHIVE}feed.atom")
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert answer.headers["content-type"].startswith("application/atom+xml")
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None, name
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == 2
    for entry in entries:
        assert all(entry.find(f"{ATOM}{name}") is not None for name in ("title", "updated", "content", "link"))
        assert (entry.findtext(f"{ATOM}updated") or "").endswith("Z")


def test_the_json_feed_says_the_same(stranger: TestClient, world: World) -> None:
    feed = json.loads(stranger.get(f"{ARCHIVE}feed.json").text)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [one["url"].rpartition("/")[2] for one in feed["items"]] == ["2016-2", "2016-1"]


def test_a_feed_that_is_known_is_not_sent_again(stranger: TestClient, world: World) -> None:
    for path in ("feed.atom", "feed.json", "events.ics", "", "2016-1"):
        tag = stranger.get(f"{ARCHIVE}{path}").headers["etag"]
        again = stranger.get(f"{ARCHIVE}{path}", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b""), path


def test_all_events_are_one_calendar_with_one_time_zone(stranger: TestClient, world: World) -> None:
    calendar = Calendar.from_ical(stranger.get(f"{ARCHIVE}events.ics").content)
    assert len(calendar.walk("VEVENT")) == 2
    assert len({str(event["uid"]) for event in calendar.walk("VEVENT")}) == 2
    assert len(calendar.walk("VTIMEZONE")) == 1
    lines = stranger.get(f"{ARCHIVE}events.ics").content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert (lines[0], lines[-2]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR")


def test_the_sitemap_names_what_is_public(stranger: TestClient, world: World) -> None:
    site = stranger.get("/sitemap.xml").text
    ET.fromstring(site)  # noqa: S314 - our own
    assert "/n/natverksbrevet/2016-1<" in site
    assert "2017-1" not in site
    assert "Sitemap: http" in stranger.get("/robots.txt").text


def test_b1_nothing_public_tells_of_a_reader(stranger: TestClient, world: World) -> None:
    for path in ("", "2016-1", "feed.atom", "feed.json", "events.ics", "search?q=möte", "latest"):
        page = stranger.get(f"{ARCHIVE}{path}").text
        assert not any(word in page for word in ("anna@", "bo@", "/u/", "/m/", "/min/")), path


def test_a17_hostile_titles_stay_inside_their_elements(alice: TestClient, stranger: TestClient, world: World) -> None:
    note = "]]></title><script>alert(1)</script>&"
    alice.post(f"{OWN}/correct", data={"note": note, "old": "Vi har nyheter", "new": note})
    ET.fromstring(stranger.get(f"{ARCHIVE}feed.atom").content)  # noqa: S314 - our own
    assert "<script>alert" not in stranger.get(f"{ARCHIVE}2016-1").text
    assert "&lt;script&gt;alert" in stranger.get(f"{ARCHIVE}2016-1").text


def test_f6_a_withdrawn_issue_says_when_and_why_and_is_nowhere_else(
    alice: TestClient, stranger: TestClient, world: World
) -> None:
    alice.post(f"{OWN}/withdraw", data={"reason": "Fel datum för mötet."})
    page = stranger.get(f"{ARCHIVE}2016-1")
    assert page.status_code == 410
    assert "har dragits tillbaka" in page.text
    assert "Fel datum för mötet." in page.text
    assert "Vi har nyheter" not in page.text
    for path in ("", "feed.atom", "feed.json", "search?q=nyheter"):
        assert "2016-1" not in stranger.get(f"{ARCHIVE}{path}").text, path
    assert stranger.get(f"{ARCHIVE}2016-1/tell").status_code == 404
    alice.post(f"{OWN}/restore")
    assert stranger.get(f"{ARCHIVE}2016-1").status_code == 200


def test_a_correction_is_told_and_changes_the_words(alice: TestClient, stranger: TestClient, world: World) -> None:
    data = {"note": "Vi skrev fel plats.", "old": "Exempelgården", "new": "Bryggan"}
    alice.post(f"{OWN}/correct", data=data)
    page = stranger.get(f"{ARCHIVE}2016-1").text
    assert "Vi skrev fel plats." in page
    assert "Bryggan" in page
    assert "2016:1" in stranger.get(f"{ARCHIVE}search?q=bryggan").text


def test_w20_a_removed_name_is_gone_from_the_web_and_the_record_stays(
    alice: TestClient, stranger: TestClient, world: World
) -> None:
    assert alice.post(f"{OWN}/redact", data={"words": "tack för att du läser"}).status_code == 303
    assert "Tack för att du läser" not in stranger.get(f"{ARCHIVE}2016-1").text
    items = json.loads(stranger.get(f"{ARCHIVE}feed.json").text)["items"]
    assert ["Tack för att du läser" in one["content_html"] for one in items] == [True, False]
    assert "2016-1" not in stranger.get(f"{ARCHIVE}search?q=tack+läser").text
    with db.reading() as session:
        assert all("Tack för att du läser" in web for web in session.scalars(select(Snapshot.web)))
        assert session.scalars(select(WebVersion.kind)).all() == ["redacted"]


@pytest.mark.parametrize("act", ["withdraw", "correct", "redact"])
def test_what_is_empty_or_not_there_changes_nothing(alice: TestClient, world: World, act: str) -> None:
    assert alice.post(f"{OWN}/{act}", data={}).status_code == 422
    assert alice.post(f"{OWN}/redact", data={"words": "giraff"}).status_code == 422
    assert alice.post("/app/foreningen/n/natverksbrevet/2017-1/withdraw", data={"reason": "x"}).status_code == 422


def test_markup_is_never_replaced() -> None:
    web = '<p class="strong">Ring <a href="tel:+46">Per  Strong</a>, strong &amp; glad</p>'
    assert replace_words(web, "strong", "X").startswith('<p class="strong">')
    assert replace_words(web, "per strong", "[bort]", and_links=True) == (
        '<p class="strong">Ring [bort], strong &amp; glad</p>'
    )
    assert "X &amp; glad" in replace_words(web, "strong", "X")
    with pytest.raises(RefusedError):
        replace_words(web, "class", "X")


def test_the_newest_issue_can_stand_on_another_page(stranger: TestClient, world: World) -> None:
    page = stranger.get(f"{ARCHIVE}latest")
    assert "2016:2" in page.text
    assert "frame-ancestors *" in page.headers["content-security-policy"]
    assert "<script" not in page.text
