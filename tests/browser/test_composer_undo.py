"""The composer's undo: of a deletion by its bar, and of what was typed."""

import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.composer import ids, open_block, open_composer, read, shoot, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser


def test_a_deleted_block_comes_back_by_the_bar_also_after_a_while(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    before = read(site)
    page.locator("[data-block='mote'] summary").click()
    page.locator("[data-block='mote'] [data-act='delete'] button").click()
    bar = page.locator("li.undo-bar")
    expect(bar).to_contain_text("Blocket togs bort.")
    assert "mote" not in ids(site)
    shoot(page, "deleted")
    bar.get_by_role("button", name="Ångra").click()
    expect(page.locator("[data-block='mote']")).to_be_visible()
    assert read(site) == before


def test_new_forms_stay_and_the_undo_bar_goes_when_somebody_else_makes_a_step(
    site: Site, open_browser: OpenBrowser
) -> None:
    first, second = (open_composer(open_browser(signed_in=True)) for _ in range(2))
    first.locator("[data-block='intro'] summary").click()
    first.locator("[data-block='intro'] [data-add]").click()
    first.locator("dialog.kind-dialog").get_by_role("link", name="Rubrik", exact=True).click()
    expect(first.locator(".block-new form[data-prefix]")).to_be_visible()
    first.locator("[data-block='slut'] summary").click()
    first.locator("[data-block='slut'] [data-act='delete'] button").click()
    bar, order = (
        first.locator("li.undo-bar"),
        "[...document.querySelectorAll('#block-list > li')].map((li) => li.className)",
    )
    expect(bar).to_be_visible()
    assert first.evaluate(order) == ["", "block-new is-open", "", "undo-bar"]
    open_block(second, "mote").locator("[name='f.heading']").fill("Bobs möte")
    wait_saved(second)
    first.evaluate("document.querySelector('issue-editor').presence.beat()")  # as every fifteen seconds
    expect(first.locator("[data-block='mote'] [data-open]")).to_contain_text("Bobs möte")
    expect(bar).to_have_count(0)  # it would undo Bob's step
    assert first.evaluate(order) == ["", "block-new is-open", ""]


def test_the_undo_bar_goes_when_something_is_typed(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    page.locator("[data-block='slut'] summary").click()
    page.locator("[data-block='slut'] [data-act='delete'] button").click()
    expect(page.locator("li.undo-bar")).to_be_visible()
    item.locator("[name='f.heading']").fill("Nytt")
    wait_saved(page)
    expect(page.locator("li.undo-bar")).to_have_count(0)
    assert ids(site) == ["intro", "mote"]


def test_the_undo_bar_stays_when_somebody_asks_who_is_here_in_mid_deletion(
    site: Site, open_browser: OpenBrowser
) -> None:
    page = open_composer(open_browser(signed_in=True))
    beat = "document.querySelector('issue-editor').presence.beat()"  # as every fifteen seconds
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/b/slut/delete", lambda route: held.append((route, route.fetch(max_redirects=0))))
    page.locator("[data-block='slut'] summary").click()
    page.locator("[data-block='slut'] [data-act='delete'] button").click()
    while not held:
        page.wait_for_timeout(20)
    page.evaluate(beat)  # brings a list without the block, before the deletion's own answer
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.locator("li.undo-bar")).to_be_visible()
    page.evaluate(beat)
    page.wait_for_timeout(300)
    expect(page.locator("li.undo-bar")).to_be_visible()


def test_undo_takes_back_what_was_typed_and_the_open_form_follows(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    item.locator("[name='f.heading']").fill("Fel rubrik")
    wait_saved(page)
    page.locator("#composer-tools [data-act='undo'] button").click()
    expect(item.locator("[name='f.heading']")).to_have_value("Hej")
    assert texts(site, "intro")["heading"] == "Hej"
    item.locator("[name='f.heading']").fill("Rätt rubrik")
    wait_saved(page)
    assert texts(site, "intro")["heading"] == "Rätt rubrik"
