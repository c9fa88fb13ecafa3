"""What is pasted into a text: five sources become plain blocks, and no HTML at all brings anything else."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.composer import open_block, open_composer, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser

PASTES = Path(__file__).parent / "pastes"
PASTE = """([selector, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  const target = document.querySelector(selector);
  target.focus();
  target.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("source", sorted(path.name for path in PASTES.glob("*.html") if "golden" not in path.name))
def test_a_paste_becomes_plain_blocks(site: Site, open_browser: OpenBrowser, source: str) -> None:
    page = open_composer(open_browser(signed_in=True))
    open_block(page, "intro")
    box = "[data-block='intro'] .rich-input"
    page.locator(box).click()
    page.keyboard.press("Control+A")
    page.evaluate(PASTE, [box, (PASTES / source).read_text()])
    wait_saved(page)
    golden = (PASTES / source.replace(".html", ".golden.html")).read_text().strip()
    assert texts(site, "intro")["body"] == golden
    expect(page.locator(".rich-note")).to_contain_text("Formatering från annat håll togs bort.")
    page.locator(".rich-note button").click()
    wait_saved(page)
    assert texts(site, "intro")["body"] == "<p>Vi har nyheter till dig.</p>"


def test_no_paste_breaks_the_text_or_brings_a_script(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    open_block(page, "intro")
    assert page.evaluate((PASTES / "fuzz.js").read_text(), 20261127) == []
    assert faults == []
