"""Saved blocks in the composer with script: kept, put in again, shown as what they stand for, made the issue's own."""

import pytest
from playwright.sync_api import expect

from tests.browser.composer import EDIT, open_composer, read
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser


def test_a_block_is_shared_put_in_again_and_made_the_issues_own(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    page.locator("[data-block='slut'] summary").click()
    page.locator("[data-block='slut']").get_by_role("link", name="Spara till senare nummer").click()
    page.get_by_label("Namn").fill("Vår avslutning")
    page.get_by_label("Det är likadant överallt").check()
    page.get_by_role("button", name="Spara", exact=True).last.click()
    page.wait_for_url(f"**{EDIT}#b-slut")
    page.wait_for_function("document.querySelector('.is-live')")
    expect(page.locator("[data-block='slut'] [data-open]")).to_contain_text("Till sist")
    page.locator("#block-end a").first.click()
    page.locator("dialog.kind-dialog").get_by_role("link", name="Vår avslutning").click()
    expect(page.locator("#block-list > [data-block]")).to_have_count(4)
    blocks = read(site)
    assert [one["data"] for one in blocks[2:]] == [{"saved": "var-avslutning"}] * 2
    frame = page.frame_locator(".preview iframe")
    expect(frame.get_by_text("Tack för att du läser.")).to_have_count(2)
    page.locator("[data-block='slut'] summary").click()
    page.locator("[data-block='slut'] [data-act='detach'] button").click()
    expect(page.locator("[data-block='slut'] .badge", has_text="Sparat block")).to_have_count(0)
    assert [one["type"] for one in read(site)] == ["text", "event", "text", "saved"]


def test_a_copy_is_filled_in_and_stored_at_once(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    page.goto(f"{EDIT}/b/intro/save")
    page.get_by_role("button", name="Spara", exact=True).last.click()  # under its own title, as a copy
    page.wait_for_function("document.querySelector('.is-live')")
    page.locator("#block-end a").first.click()
    page.locator("dialog.kind-dialog").get_by_role("link", name="Hej", exact=True).click()
    form = page.locator("#block-list > li:last-child form[data-prefix]")
    expect(form.locator("[name='f.heading']")).to_have_value("Hej")
    expect(page.locator("#block-list > [data-block]")).to_have_count(4)
    assert read(site)[-1]["data"] == read(site)[0]["data"]
