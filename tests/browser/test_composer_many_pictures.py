"""Several pictures dropped at once: a row each where a block has rows, else the first, and the others named."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.browser.composer import add_block, look, open_composer, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_composer_pictures import BRING, SJON, THERE, count_files, find_block, picture, use

pytestmark = pytest.mark.browser

# As BRING with several files, each of an octets, a name and a type.
BRING_ALL = BRING.replace("[selector, kind, name, type, octets]", "[selector, kind, files]").replace(
    "  data.items.add(new File([Uint8Array.from(atob(octets), (one) => one.charCodeAt(0))], name, {type}));",
    """  for (const [name, type, octets] of files)
    data.items.add(new File([Uint8Array.from(atob(octets), (one) => one.charCodeAt(0))], name, {type}));""",
)


def bring_all(page: Page, selector: str, names: list[str]) -> None:
    """Drop several pictures at once, each of another colour; what is called .pdf is none."""
    files = [
        [name, "application/pdf" if name.endswith(".pdf") else "image/png", picture(colour=f"#0000{20 + place}")]
        for place, name in enumerate(names)
    ]
    coded = [[name, kind, base64.b64encode(raw).decode()] for name, kind, raw in files]  # type: ignore[arg-type]
    assert page.evaluate(BRING_ALL, [selector, "drop", coded])


def test_pictures_that_are_dropped_together_each_get_a_row(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Parter eller finansiärer")
    form.locator("[name='f.heading']").fill("Vi")
    form.locator("[name='f.rows.0.name']").fill("Första parten")  # which has a row already
    bring_all(page, "#block-list > li:last-child [name='f.heading']", ["a.png", "b.png", "om.pdf", "c.png", "d.png"])
    expect(form.locator("take-picture.is-busy")).to_have_count(4)
    expect(form.get_by_role("alert")).to_contain_text("Togs inte med: om.pdf. Lägg in dem en i")
    look(page, "pictures-many")
    for words in ("A", "B", "C", "D"):  # the next one is asked about as soon as one is described
        expect(page.locator("take-picture [type=text]:focus")).to_have_value("")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
    expect(form.locator("take-picture.is-busy")).to_have_count(0)
    expect(form.locator(".chosen-picture")).to_have_count(4)
    for number in range(1, 5):
        form.locator(f"[name='f.rows.{number}.name']").fill(f"Part {number}")
    wait_saved(page)
    rows = [(one["name"], one.get("logo", {}).get("alt", "")) for one in find_block(site, "partners")["rows"]]
    assert rows == [("Första parten", ""), *((f"Part {number}", words) for number, words in enumerate("ABCD", 1))]
    assert count_files(site) == THERE + 4


def test_where_one_picture_goes_the_others_are_named(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Bild med bildtext")
    bring_all(page, "#block-list > li:last-child [name='f.caption']", ["a.png", "b.png", "c.png"])
    expect(form.get_by_role("alert")).to_contain_text("Togs inte med: b.png, c.png. Lägg in dem en i")
    look(page, "pictures-one-of-three")
    use(form, SJON)
    wait_saved(page)
    assert find_block(site, "image")["image"]["alt"] == SJON
    assert count_files(site) == THERE + 1
