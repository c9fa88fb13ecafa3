"""A file of the library is removed in two steps, and kept by the first way out."""

import pytest
from playwright.sync_api import expect

from tests.browser.composer import look
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_composer_pictures import payload, picture

pytestmark = pytest.mark.browser

FILES = "/app/foreningen/files"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_removing_a_file_asks_first(site: Site, open_browser: OpenBrowser, scheme: str, width: int) -> None:
    context = open_browser(signed_in=True, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(FILES)
    page.get_by_label("Bilder eller dokument").set_input_files([payload(picture(colour="#aa3344"), "bryggan.png")])
    page.get_by_role("button", name="Lägg in").click()
    page.wait_for_url("**/describe")
    page.goto(FILES)
    page.get_by_role("link", name="bryggan.png").click()
    page.get_by_role("link", name="Ta bort filen …").click()
    look(page, f"remove-{scheme}-{width}")
    page.get_by_role("link", name="Tillbaka, behåll filen").click()
    page.get_by_role("link", name="Ta bort filen …").click()
    page.get_by_role("button", name="Ta bort filen").click()
    expect(page.get_by_role("status")).to_contain_text("Filen är borttagen")
    expect(page.get_by_role("link", name="bryggan.png")).to_have_count(0)
