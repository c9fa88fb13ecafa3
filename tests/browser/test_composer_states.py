"""Every state of the composer: accessible in light and dark, and to be looked at."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.composer import ISSUE, open_block, open_composer, shoot, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_pages import AXE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_the_composer(site: Site, open_browser: OpenBrowser, scheme: str) -> None:
    context = open_browser(signed_in=True, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = open_composer(context)
    look(page, f"open-{scheme}")
    item = open_block(page, "mote")
    item.locator("[name='f.heading']").fill("")
    item.get_by_role("button", name="Klar").click()
    expect(item.locator(".fault").first).to_be_visible()
    look(page, f"fault-{scheme}")
    item.locator("[name='f.heading']").fill("Möte")
    wait_saved(page)
    page.locator("[data-block='slut'] summary").click()
    look(page, f"menu-{scheme}")
    page.locator("[data-block='slut'] [data-act='delete'] button").click()
    expect(page.locator("li.undo-bar")).to_be_visible()
    look(page, f"undo-{scheme}")
    page.locator("#block-end a").first.click()
    expect(page.locator("dialog.kind-dialog")).to_be_visible()
    look(page, f"kinds-{scheme}")
    page.keyboard.press("Escape")
    page.locator("[data-help]").click()
    look(page, f"help-{scheme}")
    page.keyboard.press("Escape")
    page.locator("[data-block='intro'] [data-open]").click()
    page.locator("[data-block='intro'] .rich-tool-link").click()
    look(page, f"link-{scheme}")
    page.goto(f"{ISSUE}/revisions/1")
    look(page, f"revision-{scheme}")


def look(page: Page, name: str) -> None:
    shoot(page, name)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {iframes: false}).then(result => result.violations)")
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found], name
