"""How many acts an issue costs: one of twelve sections, five pictures and three dates, composed from empty.

An act is a click, a key that does something, the choice of a file or of an entry in a menu. Typing and pasting are not
counted, nor is Tab to the next field.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.composer import SAVED, read, shoot
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.hands import Hands

pytestmark = pytest.mark.browser

MOST_ACTS = 60


@dataclass(frozen=True)
class Section:
    heading: str
    body: str
    url: str = ""
    picture: tuple[Path, str] | None = None


def compose(hands: Hands, newsletter: str, issue: dict[str, Any]) -> None:
    """Compose an issue of a newsletter, beginning on the workspace's page."""
    page = hands.page
    hands.click(page.locator(f"a[href$='/n/{newsletter}/new']").first, "new issue")
    hands.click(page.get_by_label("Tomt"), "empty")
    hands.click(page.get_by_role("button", name="Börja"), "begin")
    expect(page.locator("issue-editor.is-live")).to_be_visible()
    hands.click(page.locator("#subject"), "subject")
    page.keyboard.press("Control+a")
    hands.type(issue["subject"])
    hands.fill("preheader", issue["preheader"])
    for kind, write in _list_blocks(issue):
        add(hands, kind)
        write(hands)
    expect(page.locator(".block-new")).to_have_count(0)
    expect(page.locator("[data-state]")).to_have_text(SAVED)


def add(hands: Hands, kind: str) -> None:
    """Add a block behind the one that is written in, by its name."""
    page, count = hands.page, hands.page.locator("#block-list > li").count()
    if count:
        expect(page.locator(".block-new")).to_have_count(0)  # the one before has its place
        hands.press("Control+Shift+A")
    else:
        hands.click(page.locator("#block-end a").first, "add")
    expect(page.locator("dialog.kind-dialog input")).to_be_focused()
    hands.type(kind)
    hands.press("Enter")
    expect(page.locator("#block-list > li")).to_have_count(count + 1)
    expect(page.locator("#block-list > li:last-child form[data-prefix] :focus")).to_have_count(1)


def _list_blocks(issue: dict[str, Any]) -> Iterator[tuple[str, Callable[[Hands], None]]]:
    yield "Huvudbild", partial(take_picture, path=issue["hero"][0], words=issue["hero"][1])
    yield "Inledning", partial(Hands.fill, name="f.body", words=issue["intro"])
    for one in issue["sections"]:
        yield "Bild och text" if one.picture else "Nyhet", partial(write_section, section=one)
    yield "Sociala kanaler", partial(write_social, url=issue["facebook"])
    yield "Mötesdatum", partial(write_dates, dates=issue["dates"])
    yield "Kontakt", partial(write_contact, contact=issue["contact"])


def take_picture(hands: Hands, path: Path, words: str) -> None:
    hands.go_to("f.image.file")
    hands.choose_file(path)
    expect(hands.page.locator("take-picture.is-busy, take-picture [data-use]").first).to_be_visible()
    expect(hands.page.locator("[name='own.alt']")).to_be_focused()
    hands.type(words)
    hands.press("Enter")


def write_section(hands: Hands, section: Section) -> None:
    if section.picture:
        take_picture(hands, *section.picture)
    hands.fill("f.heading", section.heading)
    hands.fill("f.body" if section.picture else "f.ingress", section.body)
    if section.url:
        hands.fill("f.url", section.url)


def write_social(hands: Hands, url: str) -> None:
    hands.choose("f.rows.0.service", "facebook")
    hands.fill("f.rows.0.url", url)


def write_dates(hands: Hands, dates: dict[str, Any]) -> None:
    hands.fill("f.heading", dates["heading"])
    hands.fill("f.intro", dates["intro"])
    hands.fill("f.common_time", dates["time"])
    for number, (day, place) in enumerate(dates["rows"]):
        if number == 1:
            hands.go_to("more")
            hands.press("Enter")
            expect(hands.page.locator("[name='f.rows.2.date']")).to_be_visible()
        hands.fill(f"f.rows.{number}.date", day)
        hands.fill(f"f.rows.{number}.place", place)


def write_contact(hands: Hands, contact: dict[str, str]) -> None:
    hands.fill("f.body", contact["body"])
    hands.fill("f.contact.email", contact["email"])
    hands.fill("f.contact.name", contact["name"])


def draw(folder: Path, name: str) -> Path:
    raw = io.BytesIO()
    Image.new("RGB", (1300, 800), "#34657a").save(raw, "PNG")
    path = folder / f"{name}.png"
    path.write_bytes(raw.getvalue())
    return path


def invented(folder: Path) -> dict[str, Any]:
    plain = [Section(f"Rubrik {number}", f"Stycke {number}.", "https://example.org/läs") for number in range(6)]
    pictured = [Section(f"Bild {name}", "Text.", picture=(draw(folder, name), f"Bilden {name}")) for name in "abcd"]
    return {
        "subject": "Vårens samtal och en ny mötesplats",
        "preheader": "Läs om vårens samtal.",
        "hero": (draw(folder, "hero"), "Sjön i dimma"),
        "intro": "Välkomna till ett nytt år.",
        "sections": [*plain[:4], *pictured[:3], *plain[4:], pictured[3]],
        "facebook": "https://www.facebook.com/example",
        "dates": {
            "heading": "Kommande möten",
            "intro": "Alla möten börjar med lunch.",
            "time": "kl. 12.00–16.00",
            # As Chromium's own fields for days are typed here, whatever the language of the page.
            "rows": [("05112030", "Viken"), ("09282030", "Sundet"), ("11222030", "Norra Viken")],
        },
        "contact": {"body": "Hör av dig.", "email": "info@example.org", "name": "Redaktionen"},
    }


def test_an_issue_of_many_sections_is_composed_in_few_acts(
    site: Site, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    context = open_browser(signed_in=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto("/app/foreningen")
    hands = Hands(page)
    compose(hands, "natverksbrevet", invented(tmp_path))
    shoot(page, "economy")
    number = page.url.split("/")[-2]
    blocks = read(site, number)
    sections = [*["news"] * 4, *["media_text"] * 3, *["news"] * 2, "media_text"]
    assert [one["type"] for one in blocks] == ["hero", "intro", *sections, "social", "dates", "contact_box"]
    assert [row["date"] for row in blocks[-2]["data"]["rows"]] == ["2030-05-11", "2030-09-28", "2030-11-22"]
    assert len(hands.acts) <= MOST_ACTS, hands.acts
