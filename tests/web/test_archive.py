"""Readers' pages: archive, issue, calendar, assets, telling a colleague. Trust cases B1, B3, E9; no cookies."""

import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from mailer import db
from mailer.assets.store import add_image
from mailer.issues.models import SENT, Issue
from tests.web.world import NOW, World

PAGES = ("/n/natverksbrevet/", "/n/natverksbrevet/2016-1", "/n/natverksbrevet/2016-1/tell", "/n/tomt/")


@pytest.mark.parametrize("path", PAGES)
def test_readers_pages_set_no_cookie_and_load_nothing_from_elsewhere(
    world: World, stranger: TestClient, path: str
) -> None:
    page = stranger.get(path)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    loaded = re.findall(r'<(?:link rel="stylesheet"|script|img|iframe)[^>]*?(?:href|src)="([^"]+)"', page.text)
    assert loaded
    assert all(address.startswith(("/static/", "/n/")) for address in loaded)
    assert "<style" not in page.text
    assert " style=" not in page.text


def test_the_archive_lists_sent_issues_by_year_and_no_drafts(world: World, stranger: TestClient) -> None:
    page = stranger.get("/n/natverksbrevet/").text
    assert page.index("2016:2") < page.index("2016:1")
    assert "2017:1" not in page
    assert "noindex" not in page


@pytest.mark.parametrize("path", ["feed.atom", "events.ics"])
def test_a_feed_leaves_no_issue_out_that_lacks_what_was_sent(
    engine: Engine, world: World, stranger: TestClient, path: str
) -> None:
    assert stranger.get(f"/n/natverksbrevet/{path}").status_code == 200
    with db.transaction(engine) as session:
        session.execute(update(Issue).where(Issue.year == 2017).values(state=SENT, sent_at=NOW))
    with pytest.raises(LookupError):
        stranger.get(f"/n/natverksbrevet/{path}")


def test_the_title_of_an_issue_is_shown_on_its_page_and_where_it_is_unusual_in_the_archive(
    engine: Engine, world: World, stranger: TestClient
) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Issue).where(Issue.year == 2016, Issue.ordinal == 2).values(title="Höstens nummer"))
    assert 'class="issue-number">Höstens nummer <span class="number">2016:2<' in stranger.get(PAGES[1][:-1] + "2").text
    assert 'class="issue-number">Nyhetsbrev <span class="number">2016:1<' in stranger.get(PAGES[1]).text
    rows = stranger.get("/n/natverksbrevet/").text.split("<li>")
    assert [("Höstens nummer · 23 november 2016" in row, "Nyhetsbrev ·" in row) for row in rows if "2016:" in row] == [
        (True, False),
        (False, False),
    ]


def test_the_senders_telephone_number_can_be_dialled(world: World, stranger: TestClient) -> None:
    assert '<a href="tel:+4619123456">019-12\u00a034\u00a056</a>' in stranger.get("/n/natverksbrevet/").text


def test_an_empty_archive_says_what_will_be_there(world: World, stranger: TestClient) -> None:
    assert "Här kommer våra nyhetsbrev att samlas." in stranger.get("/n/tomt/").text


def test_an_issue_has_its_landmarks_and_names_itself(world: World, stranger: TestClient) -> None:
    answer = stranger.get("/n/natverksbrevet/2016-1")
    page = answer.text
    assert page.count("<h1") == 1
    assert '<link rel="canonical" href="http://localhost:8025/n/natverksbrevet/2016-1">' in page
    assert '<meta property="og:title" content="Nyheter och möten">' in page
    assert '<meta property="og:description" content="Vi träffas i december.">' in page
    assert 'id="b-mote"' in page
    assert '<article class="issue" lang="sv">' in page
    assert "noindex" not in page
    assert "x-robots-tag" not in answer.headers


def test_three_headings_get_a_contents_list(world: World, stranger: TestClient) -> None:
    page = stranger.get("/n/natverksbrevet/2016-1").text
    for anchor in ("h-intro", "h-mote", "h-slut"):
        assert f'<a href="#{anchor}">' in page
        assert f'id="{anchor}"' in page


def test_neighbours_lead_from_issue_to_issue(world: World, stranger: TestClient) -> None:
    assert 'rel="next" href="/n/natverksbrevet/2016-2"' in stranger.get("/n/natverksbrevet/2016-1").text
    newest = stranger.get("/n/natverksbrevet/2016-2").text
    assert 'rel="prev" href="/n/natverksbrevet/2016-1"' in newest
    assert 'rel="next"' not in newest


@pytest.mark.parametrize(
    "path",
    [
        "/n/natverksbrevet/2017-1",
        "/n/natverksbrevet/2017-1/tell",
        "/n/natverksbrevet/2017-1/mote.ics",
        "/n/natverksbrevet/2016-9",
        "/n/natverksbrevet/first",
        "/n/natverksbrevet/2016-1/intro.ics",
        "/n/natverksbrevet/2016-1/unknown.ics",
        "/n/unknown/",
        "/n/unknown/2016-1",
        "/n/unknown/theme.css",
    ],
)
def test_drafts_and_unknown_things_are_the_same_404(world: World, stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 404


def test_no_page_holds_anything_of_a_reader(world: World, stranger: TestClient) -> None:
    for path in PAGES:
        page = stranger.get(path).text
        assert not re.search(r"/[um]/[A-Za-z0-9_-]{10,}", page)
        assert not any(reader.address in page for reader in world.readers)


def test_a_page_in_the_other_language_keeps_it_in_its_links(world: World, stranger: TestClient) -> None:
    page = stranger.get("/n/natverksbrevet/?lang=en").text
    assert "Past newsletters" in page
    assert 'href="/n/natverksbrevet/2016-1?lang=en"' in page


def test_the_colours_of_the_newsletter_are_a_style_sheet(world: World, stranger: TestClient) -> None:
    answer = stranger.get("/n/natverksbrevet/theme.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "--brand:#005a70;" in answer.text


def test_an_event_has_a_calendar_file(world: World, stranger: TestClient) -> None:
    answer = stranger.get("/n/natverksbrevet/2016-1/mote.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="natverksbrevet-2016-1.ics"'
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert "Möte i höst" in answer.text


def test_telling_a_colleague_hands_a_mail_to_the_readers_own_program(world: World, stranger: TestClient) -> None:
    page = stranger.get("/n/natverksbrevet/2016-1/tell")
    assert "noindex" in page.headers["x-robots-tag"]
    assert 'value="http://localhost:8025/n/natverksbrevet/2016-1?via=link" readonly' in page.text
    mailto = urlsplit(page.text.split('href="mailto:')[1].split('"')[0].replace("&amp;", "&"))
    fields = parse_qs(mailto.query, strict_parsing=True)
    assert fields["subject"] == ["Lästips: Nyheter och möten"]
    assert fields["body"][0].endswith("http://localhost:8025/n/natverksbrevet/2016-1?via=mail")
    assert "+" not in mailto.query


def test_an_asset_is_served_for_ever_with_its_own_type(engine: Engine, world: World, stranger: TestClient) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (20, 10), "#005a70").save(drawn, "PNG")
    with db.transaction(engine) as session:
        asset = add_image(session, world.workspace_id, "logo.png", drawn.getvalue(), now=NOW)
    answer = stranger.get(f"/a/{asset.hash}.png")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in (f"/a/{asset.hash}.jpg", f"/a/{asset.hash}.html", "/a/../secret-key.png", f"/a/{'0' * 64}.png"):
        assert stranger.get(path).status_code == 404, path


def test_static_files_with_a_hash_never_change(stranger: TestClient) -> None:
    page = stranger.get("/sign-in").text
    style = re.search(r'href="(/static/style-[^"]+\.css)"', page)
    assert style
    assert stranger.get(style[1]).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert stranger.get("/static/manifest.json").headers["cache-control"] == "no-cache"
    assert stranger.get("/static/../app.py").status_code == 404
