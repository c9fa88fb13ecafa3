"""Two in one issue, a slow connection, hasty hands: no words are overwritten, and no step is taken for another."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.composer import SAVED, facts, ids, look, open_block, open_composer, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser


def two(open_browser: OpenBrowser) -> tuple[Page, Page]:
    """Return the composers of Alice and Bob."""
    return open_composer(open_browser(signed_in=True)), open_composer(open_browser(signed_in=True, name="bob"))


def undo_button(page: Page) -> str:
    return page.locator("#composer-tools [data-act='undo'] button").inner_text().strip()


def test_two_who_write_the_subject_see_both_and_choose(site: Site, open_browser: OpenBrowser) -> None:
    first, second = two(open_browser)
    first.locator("[name='subject']").fill("Alices ämne")
    wait_saved(first)
    second.locator("[name='preheader']").fill("Bobs rad")  # which says nothing of the subject
    wait_saved(second)
    assert (facts(site)["subject"], facts(site)["preheader"]) == ("Alices ämne", "Bobs rad")
    second.reload()
    second.locator("[name='subject']").fill("Bobs ämne")
    wait_saved(second)
    first.locator("[name='subject']").fill("Alices andra")
    box = first.locator("#facts .conflict")
    expect(box).to_contain_text("Någon annan har ändrat det här under tiden.")
    expect(box).to_contain_text("Bobs ämne")
    assert facts(site)["subject"] == "Bobs ämne"
    box.get_by_role("button", name="Behåll min").click()
    wait_saved(first)
    assert facts(site)["subject"] == "Alices andra"
    second.locator("[name='subject']").fill("Bobs tredje")
    second.locator("#facts .conflict").get_by_role("button", name="Ta den andra").click()
    expect(second.locator("[name='subject']")).to_have_value("Alices andra")
    wait_saved(second)
    assert facts(site)["subject"] == "Alices andra"


def test_who_writes_in_two_tabs_is_told_of_nobody_else(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    first, second = open_composer(context), open_composer(context)
    first.locator("[name='subject']").fill("I ena fliken")
    wait_saved(first)
    second.locator("[name='subject']").fill("I andra fliken")
    told = "Du har ändrat det här under tiden, i en annan flik eller ett annat fönster."
    expect(second.locator("#facts .conflict")).to_contain_text(told)
    item = open_block(first, "slut")
    item.locator("[name='f.heading']").fill("Den ena")
    wait_saved(first)
    other = second.locator("[data-block='slut']")
    other.locator("[data-open]").click()
    other.locator("[name='f.heading']").fill("Den andra")
    item.locator("[name='f.heading']").fill("Den ena igen")
    look(first, "own-conflict")
    expect(item.locator(".conflict")).to_contain_text(told)
    expect(first.locator("[data-state]")).to_have_text(
        "Inte sparat: här står nu en annan text. Välj vilken som ska vara kvar."
    )


def test_a_page_that_was_asked_for_before_the_last_key_takes_nothing_back(
    site: Site, open_browser: OpenBrowser
) -> None:
    page = open_composer(open_browser(signed_in=True))
    held: list[Route] = []
    page.route("**/id-3/edit", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright marks it
    subject = page.locator("[name='subject']")
    subject.fill("a")  # the first step of the issue: the page is asked for what can be undone now
    page.wait_for_timeout(500)
    assert held
    answer = held[0].fetch()
    subject.press("End")
    page.keyboard.type("b")
    wait_saved(page)
    held[0].fulfill(response=answer)
    expect(page.locator("#composer-tools [data-act='undo']")).to_be_visible()
    expect(subject).to_have_value("ab")
    page.keyboard.type("c")
    wait_saved(page)
    assert facts(site)["subject"] == "abc"


def test_undo_means_the_step_that_its_button_names(site: Site, open_browser: OpenBrowser) -> None:
    first, second = two(open_browser)
    first.locator("[data-block='mote'] .block-head [data-open]").focus()
    first.keyboard.press("Delete")
    expect(first.locator(".undo-bar")).to_be_visible()
    open_block(second, "slut").locator("[name='f.heading']").fill("Bobs rubrik")
    wait_saved(second)
    first.locator("#composer-tools [data-act='undo'] button").click()
    expect(first.locator("[data-state]")).to_contain_text("Ett annat steg har gjorts under tiden")
    assert texts(site, "slut")["heading"] == "Bobs rubrik"
    assert "mote" not in ids(site)
    assert undo_button(first) == "Ångra ändringen"
    open_block(first, "intro").locator("[name='f.heading']").fill("Alices rubrik")
    wait_saved(first)
    first.locator("#composer-tools [data-act='undo'] button").dblclick()  # hers, and then his: both are shown by name
    expect(first.locator("#composer-tools [data-act='redo']")).to_be_visible()
    wait_saved(first)


def test_what_is_not_done_is_told_and_put_back(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    before, state = ids(site), page.locator("[data-state]")
    item = open_block(page, "intro")
    context.set_offline(True)
    item.locator("[name='f.heading']").fill("Skrivet utan nät")
    item.locator(".block-menu summary").click()
    item.locator("[data-act='delete'] button").click()
    expect(item.locator("[name='f.heading']")).to_have_value("Skrivet utan nät")
    expect(state).to_have_attribute("data-tone", "error")
    context.set_offline(False)
    wait_saved(page)
    assert texts(site, "intro")["heading"] == "Skrivet utan nät"
    item.get_by_role("button", name="Klar").click()
    expect(item.locator("form[data-prefix]")).to_have_count(0)
    context.set_offline(True)
    page.locator("[data-block='slut']").scroll_into_view_if_needed()
    handle = page.locator("[data-block='slut'] .drag-handle").bounding_box()
    assert handle
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(handle["x"] + 5, handle["y"] - 250, steps=12)
    page.mouse.up()
    expect(state).to_contain_text("Servern svarar inte")
    shown = page.locator("#block-list > [data-block]").evaluate_all("all => all.map(one => one.dataset.block)")
    assert shown == before == ids(site)
    context.set_offline(False)


def test_undo_brings_back_also_what_could_not_be_stored(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "mote")
    item.locator("[name='f.heading']").fill("")
    item.locator("[name='f.place']").fill("Ett nytt ställe")
    expect(page.locator("[data-state]")).to_contain_text("Inte sparat")
    item.locator(".block-menu summary").click()
    item.locator("[data-act='delete'] button").dblclick()
    expect(page.locator(".undo-bar")).to_be_visible()
    assert "mote" not in ids(site)
    page.locator(".undo-bar").get_by_role("button", name="Ångra").click()
    again = page.locator("[data-block='mote']")
    expect(again.locator("[name='f.place']")).to_have_value("Ett nytt ställe")
    expect(again.locator("[name='f.heading']")).to_have_value("")
    assert "mote" in ids(site)


def test_one_press_on_copy_is_one_copy(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    title, blocks = page.locator("[data-block='intro'] [data-open]"), page.locator("[data-block]")
    held: list[Route] = []
    page.route("**/duplicate", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright marks it
    for _ in range(2):  # the second while the first is still on its way
        title.press("Control+d")
    page.wait_for_timeout(300)
    held[0].continue_()
    expect(blocks).to_have_count(4)
    wait_saved(page)
    page.wait_for_timeout(500)
    assert len(ids(site)) == 4
    title.press("Control+d")
    expect(blocks).to_have_count(5)
    assert len(ids(site)) == 5


def test_size_and_inbox_follow_operations(open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    size = page.locator("[data-size]")
    expect(size).to_contain_text("kB av 102")
    page.locator("[name='subject']").fill("Ett annat ämne")
    expect(page.locator("[data-state]")).to_have_text(SAVED)
    page.locator("[data-mode='inbox']").click()
    expect(page.locator(".inbox-lines")).to_contain_text("Ett annat ämne")
    page.locator("#composer-tools [data-act='undo'] button").click()
    expect(page.locator(".inbox-lines")).not_to_contain_text("Ett annat ämne")


def test_an_empty_issue_offers_the_usual_three_which_keep_their_order(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    for block in ids(site):
        page.locator(f"[data-block='{block}'] .block-head [data-open]").focus()
        page.keyboard.press("Delete")
        expect(page.locator(f"[data-block='{block}']")).to_have_count(0)
    page.get_by_role("button", name="Lägg till alla tre").click()
    titles = page.locator("#block-list > li:not(.undo-bar) .block-head strong")
    expect(titles).to_have_text(["Huvudbild", "Inledning", "I detta nummer"])
    intro = page.locator("#block-list > li").filter(has_text="Inledning")
    intro.locator("[name='f.heading']").fill("Välkommen")
    intro.locator(".rich-input").first.fill("Nu är det vår.")
    wait_saved(page)
    assert [block.partition("-")[0] for block in ids(site)] == ["intro", "toc"]


def test_a_menu_that_is_open_stays_when_the_list_is_brought_up_to_date(open_browser: OpenBrowser) -> None:
    first, second = two(open_browser)
    first.locator("[data-block='mote'] .block-menu summary").click()
    open_block(second, "slut").locator("[name='f.heading']").fill("Bobs rubrik")
    wait_saved(second)
    first.evaluate("document.querySelector('issue-editor').operations.refreshLater()")
    expect(first.locator("[data-block='slut'] [data-open]")).to_contain_text("Bobs rubrik")
    first.locator("[data-block='mote'] [data-act='hide'] button").click()
    expect(first.locator("[data-block='mote'] .block-menu")).not_to_have_attribute("open", "")
