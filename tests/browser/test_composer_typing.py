"""Help while typing in a text: the typography of its language, and numbers left as they are."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.composer import open_block, open_composer, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_composer_pastes import PASTE

pytestmark = pytest.mark.browser

BOX = "[data-block='intro'] .rich-input"
# Each stands in a paragraph of its own.
NUMBERS = (
    "019-602 73 94",
    "Ring 08-12 34 56 78",
    "Ring 08-123 45 67 nu",
    "2016-12-06 och 06-12-2016 eller så",
    "556677-8899, 2016-1234, 12-345 och A4-12 här",
    "12-13-åringar",
)
RANGES = {
    "Kl. 9.00-12.00 och 13-16, sedan (9-12)": "Kl. 9.00–12.00 och 13–16, sedan (9–12)",
    "Tisdag 9-12": "Tisdag 9–12",
    "Bokning 10-20 % och 100 kr.": "Bokning 10–20\u00a0% och 100\u00a0kr.",
}


def retype(page: Page, words: str) -> None:
    page.locator(BOX).click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(words)


def test_only_ranges_get_a_dash_and_backspace_takes_help_back(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    retype(page, "\n".join((*NUMBERS, *RANGES)))
    item.locator("[name='f.heading']").focus()
    wait_saved(page)
    assert texts(site, "intro")["body"] == "".join(f"<p>{one}</p>" for one in (*NUMBERS, *RANGES.values()))
    retype(page, "")
    page.keyboard.insert_text("a\u00a0& b " * 700)
    expect(item.locator(".counter")).to_have_text("4199 av 6000 tecken")
    retype(page, 'Sidan 9-12 k"')
    for taken in ('Sidan 9–12 k"', "Sidan 9–12 k"):
        page.keyboard.press("Backspace")
        expect(page.locator(BOX)).to_have_text(taken)
    retype(page, "Sidan 9-12 k")
    page.keyboard.press("Backspace")
    expect(page.locator(BOX)).to_have_text("Sidan 9-12 k")
    page.keyboard.type('ort... -- "ja"')
    expect(page.locator(BOX)).to_have_text("Sidan 9-12 kort… – ”ja”")


def test_quotes_are_those_of_the_issues_language(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    page.locator(".more-facts summary").first.click()
    page.locator("#lang").select_option("en")
    wait_saved(page)
    open_block(page, "intro")
    retype(page, '"Yes" ("no") and it"')
    expect(page.locator(BOX)).to_have_text("“Yes” (“no”) and it”")
    wait_saved(page)
    page.locator(BOX).press("Control+A")
    page.evaluate(PASTE, [BOX, "<p style='x'>Kl.&nbsp;9, 1&nbsp;200&nbsp;kr&nbsp; &nbsp;till&nbsp;dig&nbsp;</p>"])
    page.keyboard.type(" och 5\u00a0m")
    wait_saved(page)
    assert texts(site, "intro")["body"] == "<p>Kl.\u00a09, 1\u00a0200\u00a0kr till dig och 5\u00a0m</p>"
