"""The composer when connection, page or session go away in mid-typing: no character is lost."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from mailer import db
from mailer.blocks.registry import BY_NAME
from tests.browser.composer import open_block, open_composer, read, shoot, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site, sign_in
from tests.web.test_composer import store_assets

pytestmark = pytest.mark.browser


def test_nothing_typed_is_lost_without_a_connection(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    item = open_block(page, "intro")
    context.set_offline(True)
    item.locator(".rich-input").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Skrivet utan nät.")
    expect(page.locator("[data-state]")).to_contain_text("ingen kontakt")
    page.keyboard.type(" Och mer.")
    shoot(page, "offline")
    context.set_offline(False)
    wait_saved(page)
    assert texts(site, "intro")["body"].endswith("Skrivet utan nät. Och mer.</p>")


def test_a_minute_without_a_connection_in_mid_typing_loses_no_character(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    page.clock.install()
    open_block(page, "intro").locator(".rich-input").click()
    page.keyboard.press("Control+End")
    words = ""
    for minute in (" Före.", " Strax efter.", " En stund senare.", " Efter en minut."):
        page.keyboard.type(minute)
        words += minute
        if minute == " Före.":
            context.set_offline(True)
        else:
            expect(page.locator("[data-state]")).to_contain_text("ingen kontakt")
            page.clock.fast_forward(20_000)
    context.set_offline(False)
    page.keyboard.type(" Slut.")
    page.wait_for_timeout(500)  # what is typed last is sent in the pause after it
    wait_saved(page)
    assert texts(site, "intro")["body"] == f"<p>Vi har nyheter till dig.{words} Slut.</p>"


def test_a_server_that_restarts_in_mid_typing_loses_no_character(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    open_block(page, "intro").locator(".rich-input").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Före.")
    site.server.stop()
    page.keyboard.type(" Medan den var nere.")
    expect(page.locator("[data-state]")).to_contain_text("ingen kontakt")
    site.server.start()
    page.keyboard.type(" Efter.")
    page.wait_for_timeout(500)  # what is typed last is sent in the pause after it
    wait_saved(page)
    assert texts(site, "intro")["body"] == "<p>Vi har nyheter till dig. Före. Medan den var nere. Efter.</p>"
    assert page.locator(".conflict").count() == 0


def test_what_could_not_be_saved_is_offered_when_the_page_is_opened_again(
    site: Site, open_browser: OpenBrowser
) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    heading = open_block(page, "intro").locator("[name='f.heading']")
    heading.press("End")
    page.keyboard.type(" och hopp")
    wait_saved(page)
    context.set_offline(True)
    page.keyboard.type(" igen")
    expect(page.locator("[data-state]")).to_contain_text("ingen kontakt")
    page.close(run_before_unload=False)
    context.set_offline(False)
    again = open_composer(context)
    expect(again.locator(".leftovers")).to_contain_text("Här finns text som aldrig blev sparad.")
    shoot(again, "leftovers")
    again.get_by_role("button", name="Lägg tillbaka den").click()
    wait_saved(again)
    expect(again.locator("[data-block='intro'] [name='f.heading']")).to_have_value("Hej och hopp igen")
    assert texts(site, "intro")["heading"] == "Hej och hopp igen"


def test_a_session_that_ends_in_mid_typing_loses_nothing(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    item = open_block(page, "intro")
    signed_in = context.storage_state()["cookies"]
    context.clear_cookies()
    item.locator("[name='f.heading']").fill("Skrivet utloggad")
    expect(page.locator("[data-state]")).to_contain_text("du är utloggad")
    assert texts(site, "intro")["heading"] == "Hej"
    context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": site.address} for one in signed_in]
    )  # as signing in in another tab does
    wait_saved(page)
    assert texts(site, "intro")["heading"] == "Skrivet utloggad"


def test_text_in_a_block_that_somebody_else_deletes_is_kept(site: Site, open_browser: OpenBrowser) -> None:
    first, second = (open_composer(open_browser(signed_in=True)) for _ in range(2))
    item = open_block(first, "slut")
    second.locator("[data-block='slut'] summary").click()
    second.locator("[data-block='slut'] [data-act='delete'] button").click()
    second.locator("li.undo-bar").wait_for()
    item.locator("[name='f.heading']").fill("Skrivet för sent")
    expect(first.locator("[data-state]")).to_contain_text("blocket är borttaget")
    expect(item.locator(".removed")).to_contain_text(
        "Du har tagit bort blocket i en annan flik eller ett annat fönster."
    )
    expect(item.locator("[name='f.heading']")).to_have_value("Skrivet för sent")
    second.locator("li.undo-bar").get_by_role("button", name="Ångra").click()
    expect(second.locator("[data-block='slut']")).to_be_visible()
    item.locator("[name='f.heading']").fill("Skrivet i tid")
    item.locator(".conflict").get_by_role("button", name="Behåll min").click()
    wait_saved(first)
    assert texts(site, "slut")["heading"] == "Skrivet i tid"


def test_two_who_change_the_facts_keep_each_others(site: Site, open_browser: OpenBrowser) -> None:
    first, second = (open_composer(open_browser(signed_in=True)) for _ in range(2))
    first.locator("#subject").fill("Alices ämne")
    wait_saved(first)
    second.locator("#preheader").fill("Bobs rad")
    wait_saved(second)
    second.reload()
    expect(second.locator("#subject")).to_have_value("Alices ämne")
    expect(second.locator("#preheader")).to_have_value("Bobs rad")


def close_unsaved(context: BrowserContext, page: Page) -> Page:
    """Close the page without a connection, and open the composer again with one."""
    page.close(run_before_unload=False)
    context.set_offline(False)
    return open_composer(context)


def test_two_new_blocks_of_one_kind_with_rows_are_both_offered_again(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    for count, (heading, place) in enumerate((("Vårens möten", "Viken"), ("Höstens möten", "Sundet")), 1):
        page.locator("#block-end a").first.click()
        page.locator("dialog.kind-dialog").get_by_role("link", name="Mötesdatum").click()
        expect(page.locator(".block-new form[data-prefix]")).to_have_count(count)
        form = page.locator(".block-new form[data-prefix]").first  # the newest stands before the others
        if heading.startswith("V"):
            for _ in range(2):
                rows = form.locator("fieldset.part fieldset.part").count()
                form.get_by_role("button", name="Fler rader").click()
                expect(form.locator("fieldset.part fieldset.part")).not_to_have_count(rows)
        form.locator("[name='f.heading']").fill(heading)
        form.locator("[name$='.place']").last.fill(place)  # without its day it cannot be stored
    expect(page.locator("[data-state]")).to_contain_text("Inte sparat än")
    context.set_offline(True)
    again = close_unsaved(context, page)
    again.get_by_role("button", name="Lägg tillbaka den").click()
    expect(again.locator(".block-new form[data-prefix]")).to_have_count(2)
    for name, words in (("f.heading", ["Höstens möten", "Vårens möten"]), ("place", ["Sundet", "Viken"])):
        fields = again.locator(f".block-new [name$='{name}']")
        expect(fields.first).to_be_visible()
        again.wait_for_function(
            "([name, words]) => words.every((one) => "
            "[...document.querySelectorAll(`.block-new [name$='${name}']`)].some((field) => field.value === one))",
            arg=[name, words],
        )


def test_text_that_was_left_is_offered_to_its_writer_only_and_once_the_page_is_closed(
    site: Site, open_browser: OpenBrowser
) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    page.route("**/autosave", lambda route: route.abort())
    for block, words in (("intro", "Alices hälsning"), ("slut", "Alices slut")):
        open_block(page, block).locator("[name='f.heading']").fill(words)
    expect(page.locator("[data-state]")).to_contain_text("ingen kontakt")
    other = open_composer(context)
    other.wait_for_timeout(1300)  # as long as it waits for a page to go
    expect(other.locator(".leftovers")).to_have_count(0)
    open_block(other, "slut").locator("[name='f.heading']").fill("Skrivet i en annan flik")
    wait_saved(other)  # which throws away its own copy, not that of the page that lives
    page.close(run_before_unload=False)
    sign_in(context, "bob")
    bobs = open_composer(context)
    bobs.wait_for_timeout(1300)
    expect(bobs.locator(".leftovers")).to_have_count(0)
    sign_in(context)
    again = open_composer(context)
    again.get_by_role("button", name="Lägg tillbaka den").click()
    expect(again.locator("[data-block='intro'] [name='f.heading']")).to_have_value("Alices hälsning")
    again.locator("[data-block='slut'] .conflict").get_by_role("button", name="Behåll min").click()
    wait_saved(again)
    assert [texts(site, block)["heading"] for block in ("intro", "slut")] == ["Alices hälsning", "Alices slut"]
    assert again.evaluate("Object.keys(localStorage)") == []


def test_what_is_put_back_without_a_connection_is_offered_once_more(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    heading = open_block(page, "intro").locator("[name='f.heading']")
    context.set_offline(True)
    heading.fill("Utan nät")
    expect(page.locator("[data-state]")).to_contain_text("ingen kontakt")
    again = close_unsaved(context, page)
    context.set_offline(True)
    again.get_by_role("button", name="Lägg tillbaka den").click()
    expect(again.locator("[data-state]")).to_contain_text("Servern svarar inte")
    third = close_unsaved(context, again)
    third.get_by_role("button", name="Lägg tillbaka den").click()
    wait_saved(third)
    assert texts(site, "intro")["heading"] == "Utan nät"


def test_words_typed_while_a_picture_is_taken_in_stay(site: Site, open_browser: OpenBrowser, tmp_path: Path) -> None:
    store_assets(db.get_engine(), site.world, dict(BY_NAME["hero"].EXAMPLES[0]), tmp_path)
    page = open_composer(open_browser(signed_in=True))
    page.locator("#block-end a").first.click()
    page.locator("dialog.kind-dialog").get_by_role("link", name="Huvudbild").click()
    form = page.locator(".block-new form[data-prefix]")
    form.locator("details.picker summary").click()
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/edit/add/hero", hold)  # its answer is slow
    form.locator("[name='f.image.asset']").last.check()
    page.wait_for_timeout(500)
    page.locator("[name='f.image.alt']").fill("Skrivet medan bilden hämtades")
    asked[0].continue_()
    expect(page.locator(".chosen-picture img").first).to_be_visible()
    expect(page.locator("[name='f.image.alt']")).to_have_value("Skrivet medan bilden hämtades")
    wait_saved(page)
    hero = next(one for one in read(site) if one["type"] == "hero")
    assert hero["data"]["image"]["alt"] == "Skrivet medan bilden hämtades"
