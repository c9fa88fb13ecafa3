"""Names of readers: put into texts and the greeting by a menu, typed by hand, shown as one piece."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.composer import EDIT, add_block, look, open_block, open_composer, read, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser


def ask_name(page: Page, which: str, other: str) -> None:
    dialog = page.get_by_role("dialog", name="Infoga namn")
    dialog.get_by_label("Det som ska stå där").select_option(label=which)
    dialog.get_by_label("För den som inte har angett det").fill(other)
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def chips(item: Locator) -> Locator:
    return item.locator(".rich-input .name-chip")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_a_name_is_put_into_a_text(site: Site, open_browser: OpenBrowser, scheme: str, width: int) -> None:
    page = open_composer(open_browser(signed_in=True, color_scheme=scheme, viewport={"width": width, "height": 900}))
    item = open_block(page, "intro")
    item.locator(".rich-input").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("Hej ")
    item.get_by_role("button", name="Infoga namn").click()
    look(page, f"name-dialog-{scheme}-{width}")
    ask_name(page, "Förnamn", "läsare")
    expect(item.locator(".rich-input")).to_be_focused()
    page.keyboard.type(" på {{organisation|jobbet}}. ")
    expect(chips(item)).to_have_text(["{{fornamn|läsare}}", "{{organisation|jobbet}}"])
    assert chips(item).first.evaluate("chip => getComputedStyle(chip).whiteSpace") == "pre"
    look(page, f"name-chip-{scheme}-{width}")
    wait_saved(page)
    start = "<p>Hej {{fornamn|läsare}} på {{organisation|jobbet}}. Vi har nyheter"
    assert texts(site, "intro")["body"].startswith(start)
    if width == 1280:
        shown = page.frame_locator(".preview iframe").locator("body")
        expect(shown).to_contain_text("Hej läsare på jobbet. Vi har nyheter")


def test_a_name_in_a_text_is_opened_again_by_click_and_by_enter(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    item.locator(".rich-input").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("Hej {{förnamn|läsare}}! ")
    chips(item).click()
    dialog = page.get_by_role("dialog", name="Infoga namn")
    expect(dialog.get_by_label("Det som ska stå där")).to_have_value("fornamn")
    expect(dialog.get_by_label("För den som inte har angett det")).to_have_value("läsare")
    expect(dialog.get_by_label("För den som inte har angett det")).to_be_focused()
    look(page, "name-again")
    page.keyboard.type("vän")
    page.keyboard.press("Enter")
    expect(item.locator(".rich-input")).to_be_focused()
    expect(chips(item)).to_have_text(["{{fornamn|vän}}"])
    page.keyboard.type("\N{BLACK HEART SUIT}")  # behind it, where the cursor is
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(50)
    page.keyboard.press("Enter")
    ask_name(page, "Organisation", "kollega")
    expect(chips(item)).to_have_text(["{{organisation|kollega}}"])
    wait_saved(page)
    start = "<p>Hej {{organisation|kollega}}\N{BLACK HEART SUIT}! Vi har nyheter"
    assert texts(site, "intro")["body"].startswith(start)


def test_a_name_is_put_into_the_greeting_where_the_cursor_is(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Hälsning med namn")
    line = form.locator("[name='f.template']")
    line.fill("Hej du!")
    expect(page.locator("[data-block]")).to_have_count(4)
    wait_saved(page)
    line.evaluate("field => field.setSelectionRange(4, 6)")
    form.get_by_role("button", name="Infoga namn").click()
    look(page, "name-greeting-dialog")
    page.keyboard.press("Escape")
    expect(line).to_be_focused()
    expect(line).to_have_value("Hej du!")
    form.get_by_role("button", name="Infoga namn").click()
    ask_name(page, "Förnamn", "lä{s}are")
    expect(line).to_have_value("Hej {{fornamn|läsare}}!")
    expect(line).to_be_focused()
    look(page, "name-greeting")
    wait_saved(page)
    greeting = next(one["data"] for one in read(site) if one["type"] == "greeting")
    assert greeting == {"template": "Hej {{fornamn|läsare}}!"}


def test_a_line_that_takes_no_names_says_so(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    told = item.get_by_text("Namn sätts bara in i löpande text och i hälsningen")
    heading = item.locator("[name='f.heading']")
    heading.fill("Hej {{fornamn|du}}")
    expect(told).to_be_visible()
    look(page, "name-in-heading")
    heading.fill("Hej du")
    expect(told).to_have_count(0)
    page.locator("[name='subject']").fill("Hej {{fornamn|du}}")
    expect(page.locator("#facts .names-note")).to_be_visible()
    item.locator(".rich-input").click()
    page.keyboard.type("{{fornamn|du}}")
    expect(item.locator(".names-note")).to_have_count(0)


def test_without_script_the_greeting_tells_how_a_name_is_written(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True, java_script_enabled=False).new_page()
    page.goto(f"{EDIT}/add/greeting")
    expect(page.get_by_label("{{fornamn|läsare}}")).to_be_visible()
    expect(page.get_by_role("button", name="Infoga namn")).to_have_count(0)
