"""Sharing: links that count and tell of nobody, a QR code, partners and their pages, and what editors see (F5, B1)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from mailer import db
from mailer.newsletters.models import MEMBERS, Newsletter
from mailer.shares.models import ShareCount
from tests.web.conftest import SignIn
from tests.web.joining import ask_and_get_link
from tests.web.world import World

ISSUE = "/n/natverksbrevet/2016-1"
REPORT = "/app/foreningen/n/natverksbrevet/2016-1/shares"
PARTNERS = "/app/foreningen/partners"
PERSON = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "origin": "http://localhost:8025"}


def visit(client: TestClient, via: str, **headers: str) -> int:
    return client.post(f"{ISSUE}/visit", data={"via": via}, headers=PERSON | headers).status_code


def counts() -> dict[str, tuple[int, int]]:
    with db.reading() as session:
        return {one.via: (one.visits, one.joins) for one in session.scalars(select(ShareCount))}


def test_a_visit_is_counted_by_its_channel(world: World, stranger: TestClient) -> None:
    for via in ("mail", "mail", "qr"):
        assert visit(stranger, via) == 204
    assert counts() == {"mail": (2, 0), "qr": (1, 0)}


@pytest.mark.parametrize("via", ["", "x", "mail'--", "p-", "p-unknown", "P-LAN", "mail\n", "é" * 90])
def test_other_channels_are_not_counted(world: World, stranger: TestClient, via: str) -> None:
    assert visit(stranger, via) == 204
    assert counts() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"user-agent": "Mozilla/5.0 HeadlessChrome/140.0"},
        {"user-agent": ""},
        {"sec-purpose": "prefetch;prerender"},
    ],
)
def test_f5_programs_are_no_visitors(world: World, stranger: TestClient, headers: dict[str, str]) -> None:
    visit(stranger, "mail", **headers)
    assert counts() == {}


def test_f5_looking_at_the_page_counts_nothing_by_itself(world: World, stranger: TestClient) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        stranger.request(method, f"{ISSUE}?via=mail", headers=PERSON)
    assert counts() == {}


def test_f5_one_network_fills_no_report(world: World, stranger: TestClient) -> None:
    for _ in range(100):
        visit(stranger, "mail")
    assert counts() == {"mail": (60, 0)}


def test_another_site_cannot_count(world: World, stranger: TestClient) -> None:
    assert visit(stranger, "mail", origin="https://evil.example.org") == 403
    assert counts() == {}


def test_visits_at_once_are_all_counted(world: World, stranger: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: visit(stranger, "link"), range(40))) == {204}
    assert counts() == {"link": (40, 0)}


def test_the_page_hands_the_channel_on_to_the_join_form(world: World, stranger: TestClient) -> None:
    page = stranger.get(f"{ISSUE}?via=qr").text
    assert 'to="/n/natverksbrevet/2016-1/visit" via="qr"' in page
    assert 'href="/n/natverksbrevet/join?issue=2016-1&amp;via=qr"' in page
    assert "count-visit" not in stranger.get(f"{ISSUE}?via=%22%3E%3Cscript%3E").text


def test_a_new_subscriber_is_counted_at_the_issue_and_channel(world: World, stranger: TestClient) -> None:
    link = ask_and_get_link(stranger, issue="2016-1", via="mail")
    for _ in range(2):
        stranger.post(link, data={"say": "yes"}, headers=PERSON)
    assert counts() == {"mail": (0, 1)}


def test_the_qr_code_is_read_by_another_program(world: World, stranger: TestClient) -> None:
    answer = stranger.get(f"{ISSUE}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    image = draw(answer.text)
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == "http://localhost:8025/n/natverksbrevet/2016-1?via=qr"


def draw(svg: str) -> Image.Image:
    """Draw what segno writes: one path of horizontal lines of width 1, moved to and drawn relatively."""
    size = int(re.search(r'width="(\d+)"', svg)[1])  # type: ignore[index]  # it is there
    scale = float(re.search(r"scale\(([\d.]+)\)", svg)[1])  # type: ignore[index]  # it is there
    path = re.search(r'class="qrline"[^>]* d="([^"]+)"|d="([^"]+)" class="qrline"|stroke="#000"[^>]*d="([^"]+)"', svg)
    assert path
    image = Image.new("L", (size, size), 255)
    pen, x, y = ImageDraw.Draw(image), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", next(one for one in path.groups() if one)):
        values = [float(one) for one in numbers.split()]
        if command == "h":
            pen.rectangle((x * scale, (y - 0.5) * scale, (x + values[0]) * scale - 1, (y + 0.5) * scale - 1), fill=0)
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return image


def test_partners_are_added_renamed_and_retired(alice: TestClient, world: World, stranger: TestClient) -> None:
    assert alice.post(PARTNERS, data={"name": "Åns kommun"}).status_code == 303
    assert alice.post(PARTNERS, data={"name": "åns KOMMUN"}).status_code == 422
    assert alice.post(PARTNERS, data={"name": " "}).status_code == 422
    kit = f"{ISSUE}/for/anskommun"
    assert stranger.get(kit).status_code == 200
    assert alice.post(f"{PARTNERS}/anskommun/name", data={"name": "Ån"}).status_code == 303
    assert "Ån" in stranger.get(kit).text
    alice.post(f"{PARTNERS}/anskommun/retire")
    assert stranger.get(kit).status_code == 404
    alice.post(f"{PARTNERS}/anskommun/back")
    assert stranger.get(kit).status_code == 200


def test_strangers_and_viewers_change_no_partner(sign_in: SignIn, world: World) -> None:
    assert sign_in("viktor@example.org").post(PARTNERS, data={"name": "X"}).status_code == 403
    charlie = sign_in("charlie@example.org")
    assert charlie.get(PARTNERS).status_code == 404
    assert charlie.get(REPORT).status_code == 404


def test_a_kit_holds_the_issue_clean_with_the_partners_link(
    alice: TestClient, world: World, stranger: TestClient
) -> None:
    alice.post(PARTNERS, data={"name": "Ån"})
    alice.post(PARTNERS, data={"name": "Ån två"})
    page = stranger.get(f"{ISSUE}/for/an").text
    link = "http://localhost:8025/n/natverksbrevet/2016-1?via=p-an"
    assert f'value="{link}"' in page
    html = page.partition('<textarea id="whole-html"')[2].partition("</textarea>")[0]
    assert "Möte i höst" in html
    assert link in html
    assert not re.search(r"(?:class|style|id|itemprop)=", html.partition(">")[2])
    text = page.partition('<textarea id="whole-text"')[2].partition("</textarea>")[0]
    assert "&lt;" not in text
    assert "Vi har nyheter till dig." in text
    assert "Nytt nummer av Nätverksbrevet från Föreningen Exempel: Nyheter och möten." in page
    assert "A new issue of Nätverksbrevet" in page


def test_b1_what_is_passed_on_holds_no_readers_token(alice: TestClient, world: World, stranger: TestClient) -> None:
    alice.post(PARTNERS, data={"name": "Ån"})
    for path in (f"{ISSUE}/tell", f"{ISSUE}/for/an", f"{ISSUE}?via=mail"):
        page = stranger.get(path).text
        assert not re.search(r"/(?:u|m|r|min)/[\w-]{10}", page)
        assert "anna@" not in page


def test_a_newsletter_for_readers_alone_is_not_passed_on(
    engine: Engine, alice: TestClient, world: World, stranger: TestClient
) -> None:
    alice.post(PARTNERS, data={"name": "Ån"})
    with db.transaction(engine) as session:
        session.execute(update(Newsletter).values(archive_access=MEMBERS))
    for path in (f"{ISSUE}/tell", f"{ISSUE}/for/an", f"{ISSUE}/qr.svg"):
        assert stranger.get(path).status_code == 404
    assert visit(stranger, "mail") == 404


def test_the_report_says_how_many_and_never_who(alice: TestClient, world: World, stranger: TestClient) -> None:
    assert "Ingen har kommit via en delad länk än." in alice.get(REPORT).text
    alice.post(PARTNERS, data={"name": "Åns kommun"})
    for via in ("p-anskommun", "p-anskommun", "mail"):
        visit(stranger, via)
    page = alice.get(REPORT).text
    assert re.search(r'Åns kommun</th><td class="number">2</td><td class="number">0</td>', page)
    assert re.search(r'En läsares eget mejl</th><td class="number">1</td>', page)
    assert re.search(r'Totalt</th><td class="number">3</td>', page)
