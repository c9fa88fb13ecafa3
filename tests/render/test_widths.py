"""Nothing in a mail is wider than the screen, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser

from tests.blocks.stage import compose, make_rich_document

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("with_styles", [True, False], ids=["styles", "no-styles"])
def test_mail_fits_the_screen_with_and_without_the_styles_of_the_head(
    browser: Browser, lang: str, with_styles: bool
) -> None:
    html = compose(make_rich_document(lang)).html
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.route("**/*", lambda route: route.abort())
    page.set_content(html if with_styles else re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL))
    for width in (320, 375, 700):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_buttons_are_at_least_44_pixels_high(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 800})
    page.route("**/*", lambda route: route.abort())
    page.set_content(compose(make_rich_document()).html)
    heights = page.evaluate("[...document.querySelectorAll('.bt a, .b2 a')].map(link => link.offsetHeight)")
    assert heights
    assert min(heights) >= 44
    page.close()
