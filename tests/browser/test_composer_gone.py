"""A block that somebody else deletes while it is written in: its text is copied, put in anew, or given up."""

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from mailer import clock, db
from mailer.issues.deleting import delete_draft
from mailer.issues.queries import get_issue
from tests.browser.composer import ids, look, open_block, open_composer, read, shoot, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site

pytestmark = pytest.mark.browser


def lose_block(open_browser: OpenBrowser, block: str = "mote", **options: object) -> tuple[Page, Locator]:
    """Open a block in one browser, delete it in another, and write in it."""
    first, second = (
        open_composer(open_browser(signed_in=True, **options)),
        open_composer(open_browser(signed_in=True, name="bob")),
    )
    item = open_block(first, block)
    item.locator("summary", has_text="Var och för vem").click()
    item.locator("[name='hidden.web']").check()
    wait_saved(first)
    second.reload()
    second.locator(f"[data-block='{block}'] summary").click()
    second.locator(f"[data-block='{block}'] [data-act='delete'] button").click()
    second.locator("li.undo-bar").wait_for()
    item.locator("[name='f.heading']").fill("Skrivet för sent")
    expect(item.locator(".removed")).to_contain_text("Någon annan har tagit bort blocket medan du skrev.")
    return first, item


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_text_of_a_deleted_block_becomes_a_new_block_in_its_place(
    site: Site, open_browser: OpenBrowser, scheme: str, width: int
) -> None:
    page, item = lose_block(open_browser, color_scheme=scheme, viewport={"width": width, "height": 900})
    assert ids(site) == ["intro", "slut"]
    item.locator("[name='f.heading']").press("End")
    page.keyboard.type(" och mer")
    item.locator(".removed").scroll_into_view_if_needed()
    look(page, f"gone-{scheme}-{width}")
    page.evaluate("document.querySelector('issue-editor').operations.refreshLater()")  # which leaves it where it was
    item.get_by_role("button", name="Lägg in som nytt block").click()
    expect(page.locator(".removed")).to_have_count(0)
    wait_saved(page)
    after = ids(site)
    assert [after[0], after[2]] == ["intro", "slut"]
    assert after[1].startswith("event-")
    assert texts(site, after[1])["heading"] == "Skrivet för sent och mer"
    assert texts(site, after[1])["place"] == "Exempelgården"
    assert read(site)[1]["hidden_in"] == ["web"]
    expect(page.locator("[data-block]")).to_have_count(3)
    page.locator("#composer-tools [data-act='undo'] button").click()
    expect(page.locator("[data-block]")).to_have_count(2)
    assert ids(site) == ["intro", "slut"]
    page.reload()
    expect(page.locator(".leftovers")).to_have_count(0)


def test_text_of_a_deleted_block_is_copied_or_selected(site: Site, open_browser: OpenBrowser) -> None:
    page, item = lose_block(open_browser, permissions=["clipboard-read", "clipboard-write"])
    item.get_by_role("button", name="Kopiera min text").click()
    expect(item.locator(".removed")).to_contain_text("Kopierad")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Skrivet för sent\n\n")
    assert "<p>" not in copied
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    item.get_by_role("button", name="Kopiera min text").click()
    expect(item.locator(".removed textarea")).to_be_focused()
    assert page.evaluate("document.getSelection().toString()").startswith("Skrivet för sent")
    shoot(page, "gone-selected")


def test_a_deleted_block_is_closed_after_one_question(site: Site, open_browser: OpenBrowser) -> None:
    page, item = lose_block(open_browser)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    item.get_by_role("button", name="Stäng", exact=True).click()
    expect(item.locator("[name='f.heading']")).to_have_value("Skrivet för sent")
    item.get_by_role("button", name="Stäng", exact=True).click()
    expect(item).to_have_count(0)
    assert asked == ["Det du har skrivit finns bara här. Stänga ändå?"] * 2
    wait_saved(page)
    page.reload()
    expect(page.locator(".leftovers")).to_have_count(0)
    assert ids(site) == ["intro", "slut"]


def test_text_of_a_deleted_block_comes_back_after_the_page_is_opened_again(
    site: Site, open_browser: OpenBrowser
) -> None:
    page, _item = lose_block(open_browser)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Lägg tillbaka den").click()
    expect(page.locator("[data-block] [name='f.heading']")).to_have_value("Skrivet för sent")
    wait_saved(page)
    assert texts(site, ids(site)[0])["heading"] == "Skrivet för sent"
    page.reload()
    expect(page.locator(".leftovers")).to_have_count(0)


def delete_issue(site: Site) -> None:
    with db.transaction() as session:
        issue = get_issue(session, site.world.workspace_id, "natverksbrevet", "2017-1")
        delete_draft(session, issue, actor="2", now=clock.now())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_issue_that_is_deleted_is_told_and_its_text_is_copied(
    site: Site, open_browser: OpenBrowser, scheme: str
) -> None:
    context = open_browser(signed_in=True, color_scheme=scheme, permissions=["clipboard-read", "clipboard-write"])
    page = open_composer(context)
    item = open_block(page, "slut")
    expect(page.frame_locator(".preview iframe").get_by_text("Tack för att du läser.")).to_be_visible()
    delete_issue(site)
    item.locator("[name='f.heading']").fill("Skrivet för sent")
    box = page.locator(".issue-deleted")
    expect(box).to_contain_text("Numret är borttaget, eller så får du inte längre se det.")
    expect(page.locator("[data-state]")).to_contain_text("Inte sparat: numret är borttaget, eller så får du inte")
    expect(page.locator(".removed")).to_have_count(0)
    page.locator("[data-block='intro'] [data-open]").press("Delete")  # which is not done
    expect(page.locator("[data-block='intro']")).to_be_visible()
    look(page, f"issue-deleted-{scheme}")
    box.get_by_role("button", name="Kopiera all text").click()
    expect(box).to_contain_text("Kopierad")
    copied = page.evaluate("navigator.clipboard.readText()")
    for words in ("Nyheter och möten", "Skrivet för sent", "Vi har nyheter till dig.", "Exempelgården"):
        assert words in copied
    expect(item.locator("[name='f.heading']")).to_have_value("Skrivet för sent")
    expect(page.frame_locator(".preview iframe").get_by_text("Tack för att du läser.")).to_be_visible()


def test_who_only_looks_is_told_of_a_deleted_issue_too(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    delete_issue(site)
    page.locator("[data-block='slut'] [data-open]").click()
    expect(page.locator(".issue-deleted")).to_be_visible()
    page.locator("[data-mode='phone']").click()
    expect(page.frame_locator(".preview iframe").get_by_text("Tack för att du läser.")).to_be_visible()
