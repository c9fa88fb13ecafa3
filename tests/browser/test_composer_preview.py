"""The preview beside the composer's forms: what a whole rendering would be, in every form the issue has."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.composer import look, open_block, open_composer, shoot, wait_saved
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser


def test_the_preview_is_what_a_whole_rendering_would_be(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "slut")
    for words in ("Ett", "Ett slut", "Ett nytt slut"):
        item.locator("[name='f.heading']").fill(words)
        wait_saved(page)
    expect(page.frame_locator(".preview iframe").get_by_role("heading", name="Ett nytt slut")).to_be_visible()
    shown = "document.querySelector('.preview iframe').contentDocument.body.innerHTML"
    patched = page.evaluate(shown)
    page.reload()
    page.wait_for_function("document.querySelector('.preview iframe').contentDocument.readyState === 'complete'")
    expect(page.frame_locator(".preview iframe").get_by_role("heading", name="Ett nytt slut")).to_be_visible()
    assert page.evaluate(shown) == patched


def test_a_click_in_the_preview_opens_the_block(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True, viewport={"width": 1280, "height": 900}))
    page.frame_locator(".preview iframe").get_by_text("Tack för att du läser.").click()
    expect(page.locator("[data-block='slut'] form[data-prefix]")).to_be_visible()


@pytest.mark.parametrize(
    "mode", ["Mejl", "På mobil", "Mörkt", "Inverterat", "Utan bilder", "Ren text", "Webbsida", "Inkorg"]
)
def test_every_preview_shows_the_issue(site: Site, open_browser: OpenBrowser, mode: str) -> None:
    page = open_composer(open_browser(signed_in=True, viewport={"width": 1280, "height": 900}))
    page.locator(".preview-modes").get_by_role("button", name=mode).click()
    if mode == "Inkorg":
        expect(page.locator(".inbox-lines p")).to_have_count(3)
        expect(page.locator(".inbox-lines")).to_contain_text("Nyheter och möten – Vi träffas i december.")
    else:
        expect(page.frame_locator(".preview iframe").locator("body")).to_contain_text("Tack för att du läser.")
    open_block(page, "slut").locator("[name='f.heading']").fill(f"Läst som {mode}")
    wait_saved(page)
    if mode != "Inkorg":
        expect(page.frame_locator(".preview iframe").locator("body")).to_contain_text(
            re.compile(f"Läst som {mode}", re.IGNORECASE)
        )
    shoot(page, f"preview-{mode}")


def test_a_link_of_the_web_page_leaves_preview_and_operations_alive(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True, viewport={"width": 1280, "height": 900})
    page = open_composer(context)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    modes = page.locator(".preview-modes")
    modes.get_by_role("button", name="Webbsida").click()
    frame = page.frame_locator(".preview iframe")
    expect(frame.locator("body")).to_contain_text("Tack för att du läser.")
    with context.expect_page():
        frame.locator("a[href^='http'], a[href^='/']").first.click()
    expect(frame.locator("body")).to_contain_text("Tack för att du läser.")
    # However the frame came to show another site's page, which nobody may look into.
    page.evaluate("document.querySelector('.preview iframe').contentWindow.location.href = 'https://example.invalid/'")
    page.wait_for_function("!document.querySelector('.preview iframe').contentDocument")
    page.locator("[data-block='slut'] [data-act='up'] button").click()
    expect(page.locator("[data-say]")).to_have_text("Flyttat till plats 2 av 3")
    expect(frame.locator("body")).to_contain_text("Tack för att du läser.")
    modes.get_by_role("button", name="Mejl").click()
    expect(frame.locator("body")).to_contain_text("Tack för att du läser.")
    assert faults == []


def test_the_preview_is_looked_at_over_the_shoulder_of_a_lists_readers(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True, viewport={"width": 1280, "height": 900}))
    body = page.frame_locator(".preview iframe").locator("body")
    assert page.locator("#to-list").count() == 0
    item = open_block(page, "slut")
    item.get_by_text("Var och för vem det visas").click()
    item.get_by_label("Parter").check()
    wait_saved(page)
    page.reload()
    page.get_by_label("Som läsare av").select_option("nyhetsbrevet")
    expect(body).not_to_contain_text("Tack för att du läser.")
    open_block(page, "intro").locator("[name='f.heading']").fill("Hej alla")
    wait_saved(page)
    expect(body).to_contain_text("Hej alla")
    expect(body).not_to_contain_text("Tack för att du läser.")
    page.get_by_label("Som läsare av").select_option("parter")
    expect(body).to_contain_text("Tack för att du läser.")
    look(page, "audience")


def test_a_block_is_hidden_and_shown_by_its_menu_and_links_skip(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True, viewport={"width": 375, "height": 800}))
    body = page.frame_locator(".preview iframe").locator("body")
    menu = page.locator("[data-block='slut'] .block-menu")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Dölj").click()
    expect(page.locator("[data-block='slut'] .badge").filter(has_text="Dolt")).to_be_visible()
    skip = page.get_by_role("link", name="Till förhandsvisningen")
    skip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#preview-title")).to_be_focused()
    expect(body).not_to_contain_text("Tack för att du läser.")
    page.get_by_role("link", name="Till blocken").focus()
    page.keyboard.press("Enter")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Visa överallt").click()
    expect(page.locator("[data-block='slut'] .badge").filter(has_text="Dolt")).to_have_count(0)
