"""A draft that gets another number while it is open elsewhere: the page says so, and every word goes into it."""

import re

import pytest
from playwright.sync_api import Page, expect

from mailer import db
from tests.browser.composer import ISSUE, facts, look, open_block, open_composer, read, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.web.world import make_issue

pytestmark = pytest.mark.browser

BEAT = "document.querySelector('issue-editor').presence.beat()"  # as every fifteen seconds


def renumber(site: Site, page: Page) -> None:
    """Change the number as somebody else does, and give the former one to another draft with the same blocks."""
    page.goto(f"{ISSUE}/number")
    page.get_by_label("Nummer").fill("2017:5")
    page.get_by_role("button", name="Spara").click()
    page.wait_for_url("**/2017-5/edit")
    with db.transaction() as session:
        make_issue(session, session.merge(site.world.newsletter), "2017:1", "Ett annat utkast")


def heading_of(site: Site, number: str) -> str:
    return str(read(site, number)[0]["data"]["heading"])


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_an_open_composer_goes_on_in_the_draft_that_it_opened(
    site: Site, open_browser: OpenBrowser, scheme: str, width: int
) -> None:
    page = open_composer(open_browser(signed_in=True, color_scheme=scheme, viewport={"width": width, "height": 900}))
    item = open_block(page, "intro")
    renumber(site, open_browser(signed_in=True).new_page())
    item.locator("[name='f.heading']").fill("Rätt utkast")
    wait_saved(page)
    assert (heading_of(site, "2017-5"), heading_of(site, "2017-1")) == ("Rätt utkast", "Hej")
    page.evaluate(BEAT)
    expect(page.locator(".renumbered")).to_have_text("Utkastet har nummer 2017:5 nu. Det du skriver här sparas i det.")
    expect(page.locator("h1 .number")).to_have_text("2017:5")
    expect(page).to_have_title(re.compile("2017:5"))
    page.locator(".renumbered").scroll_into_view_if_needed()
    look(page, f"renumbered-{scheme}-{width}")
    page.locator("#facts [name='subject']").fill("Mitt ämne")
    wait_saved(page)
    page.locator("#block-list [data-block='mote'] [data-act='up'] button").click()
    wait_saved(page)
    expect(page.locator("#block-list > li").first).to_have_attribute("data-block", "mote")
    assert [block["id"] for block in read(site, "2017-5")] == ["mote", "intro", "slut"]
    assert facts(site)["subject"] == "Ett annat utkast"
    page.reload()
    expect(page).to_have_url(re.compile("/2017-5/edit"))
    expect(page.locator("#facts [name='subject']")).to_have_value("Mitt ämne")
    page.get_by_role("link", name="Titta och skicka").click()
    expect(page).to_have_url(re.compile("/2017-5$"))


def test_text_that_was_never_saved_is_offered_under_the_new_number(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    item = open_block(page, "intro")
    page.route("**/autosave", lambda route: route.abort())
    item.locator("[name='f.heading']").fill("Aldrig sparat")
    expect(page.locator("[data-state]")).to_contain_text("Inte sparat")
    renumber(site, open_browser(signed_in=True).new_page())
    page.close()
    later = open_composer(context, f"{ISSUE.removesuffix('2017-1')}2017-5/edit")
    later.locator(".leftovers").get_by_role("button", name="Lägg tillbaka").click()
    expect(later.locator("[data-block='intro'] [name='f.heading']")).to_have_value("Aldrig sparat")
    wait_saved(later)
    assert (heading_of(site, "2017-5"), heading_of(site, "2017-1")) == ("Aldrig sparat", "Hej")
    assert texts(site, "intro")["heading"] == "Hej"
    other = open_composer(context)
    expect(other.locator(".leftovers")).to_have_count(0)
