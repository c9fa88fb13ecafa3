"""Cards: nothing stands above the first row of a list, and what a head holds keeps its distance on a telephone."""

import pytest

from tests.browser.composer import look
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

HOME = "/app/foreningen"


@pytest.mark.parametrize("width", [1280, 375])
def test_cards_begin_with_what_is_in_them(site: Site, open_browser: OpenBrowser, width: int) -> None:
    page = open_browser(signed_in=True, viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{HOME}/n/natverksbrevet")
    look(page, f"issues-{width}")
    number = page.locator(".card > .issue-list > li").first
    assert number.evaluate("row => getComputedStyle(row).borderTopWidth") == "0px"
    above = (
        "row => row.firstElementChild.getBoundingClientRect().top - row.closest('.card').getBoundingClientRect().top"
    )
    beside = "row => parseFloat(getComputedStyle(row.closest('.card')).paddingTop) + 2"
    assert number.evaluate(above) <= number.evaluate(beside)
    page.goto(HOME)
    look(page, f"home-{width}")
    head = page.locator(".card-head").first
    title, button = head.locator("h2").bounding_box(), head.locator(".button").bounding_box()
    assert title
    assert button
    is_beside = button["y"] < title["y"] + title["height"]
    assert is_beside or button["y"] - title["y"] - title["height"] >= 12
    assert head.locator("a:not(.button, h2 a)").count() == 0
