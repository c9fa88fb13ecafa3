"""The composer with script: by mouse, by keyboard, with two editors, and with what can go away gone."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from mailer import db
from mailer.blocks.controls import Control, list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.registry import BY_NAME, KINDS
from mailer.blocks.typed import flatten
from mailer.i18n import get_translations
from tests.browser.composer import EDIT, ids, open_block, open_composer, read, shoot, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.web.test_composer import store_assets

pytestmark = pytest.mark.browser

SV = get_translations("sv").gettext


def test_what_is_typed_is_saved_and_shown_beside_it(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    item.locator("[name='f.heading']").fill("En ny rubrik")
    item.locator(".rich-input").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(' Kom 13-16 -- "alla" får plats...')
    wait_saved(page)
    frame = page.frame_locator(".preview iframe")
    expect(frame.get_by_role("heading", name="En ny rubrik")).to_be_visible()
    expect(frame.get_by_text("Kom 13–16 – ”alla” får plats…")).to_be_visible()
    expect(item.locator("[data-open]")).to_contain_text("En ny rubrik")
    assert texts(site, "intro")["body"].endswith("Kom 13–16 – ”alla” får plats…</p>")
    shoot(page, "typed")


def fill_by_hand(page: Page, form: Locator, typed: dict[str, str], controls: tuple[Control, ...]) -> None:
    """Fill a form as a person does, whatever kind of field each name is."""
    rows = {name.rsplit(".", 2)[0] for name in typed if re.search(r"\.[1-9]\d*\.", name)}
    for _ in range(8):
        missing = [name for name in typed if form.locator(f"[name='{name}']").count() == 0 and ".focus" not in name]
        if not missing or not rows:
            break
        form.get_by_role("button", name="Fler rader").first.click()
        page.wait_for_timeout(150)
    for name, value in typed.items():
        field = form.locator(f"[name='{name}']").first
        if ".focus" in name or not value or field.count() == 0:
            continue
        kind = field.evaluate("field => field.closest('rich-text') ? 'rich' : field.type")
        if kind == "rich":
            form.locator(f"rich-text:has([name='{name}']) .rich-input").click()
            page.keyboard.type(re.sub(r"<[^>]+>", " ", value).strip()[:40] or "x", delay=0)
        elif kind == "checkbox":
            field.check()
        elif kind == "select-one":
            field.select_option(value)
        elif kind == "radio":
            picker = form.locator(f"details:has([name='{name}'])")
            if picker.get_attribute("open") is None:
                picker.locator("summary").click()
            with page.expect_response(lambda answer: "/edit/" in answer.url and "autosave" not in answer.url):
                picker.locator(f"[name='{name}'][value='{value}']").check()  # brings the picture's own words
            expect(form.locator(f".part > .chosen-picture:has(~ details [name='{name}'])")).to_be_visible()
        else:
            field.fill(value)


def test_an_issue_of_all_kinds_is_composed_by_mouse(site: Site, open_browser: OpenBrowser, tmp_path: Path) -> None:
    examples = {
        kind.NAME: store_assets(db.get_engine(), site.world, dict(kind.EXAMPLES[0]), tmp_path) for kind in KINDS
    }
    page = open_composer(open_browser(signed_in=True, viewport={"width": 1280, "height": 900}))
    for kind in KINDS:
        add_by_mouse(page, kind, examples[kind.NAME])
    stored = [block["type"] for block in read(site)]
    assert stored == ["text", "event", "text", *(kind.NAME for kind in KINDS)]
    page.reload()
    shoot(page, "all-kinds")
    shown = page.frame_locator(".preview iframe").locator("body").inner_text()
    assert len(shown) > 1500


def add_by_mouse(page: Page, kind: type[BlockData], data: dict[str, Any]) -> None:
    page.locator("#block-end").get_by_role("link", name="Lägg till block", exact=True).click()
    dialog = page.locator("dialog.kind-dialog")
    name = "Arbetsgrupper" if kind.NAME == "saved" else SV(kind.LABEL)  # saved blocks are chosen by their own names
    dialog.get_by_role("link", name=name, exact=True).click()
    form = page.locator("#block-list > li:last-child form[data-prefix]")
    expect(form).to_be_visible()
    full = kind.model_validate(data).model_dump(mode="json")
    typed = {f"f.{name}": text for name, text in flatten(list_controls(kind), full).items()}
    fill_by_hand(page, form, typed, list_controls(kind))
    wait_saved(page)
    form.get_by_role("button", name="Klar").click()
    expect(form).to_have_count(0)


def test_an_issue_is_composed_by_keyboard_alone(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    page.locator("[data-block='intro'] [data-open]").focus()
    page.keyboard.press("Control+Shift+A")
    expect(page.locator("dialog.kind-dialog")).to_be_visible()
    page.keyboard.type("nyhet")
    page.keyboard.press("Enter")
    expect(page.locator(".block-new [name='f.heading']")).to_be_focused()
    page.keyboard.type("Skriven med tangenter")
    for _ in range(3):  # past the tools, one stop, to the text
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.isContentEditable"):
            break
    page.keyboard.press("Control+B")
    page.keyboard.type("Fet")
    page.keyboard.press("Control+B")
    page.keyboard.type(" och mager")
    wait_saved(page)
    news = ids(site)[1]
    assert texts(site, news) == {"heading": "Skriven med tangenter", "ingress": "<p><strong>Fet</strong> och mager</p>"}
    page.keyboard.press("Escape")
    title = page.locator(f"[data-block='{news}'] [data-open]")
    expect(title).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-say]")).to_have_text("Flyttat till plats 3 av 4")
    assert ids(site) == ["intro", "mote", news, "slut"]
    expect(title).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-say]")).to_have_text("Flyttat till plats 2 av 4")
    page.keyboard.press("Control+D")
    expect(page.locator("[data-block]")).to_have_count(5)
    page.keyboard.press("Delete")
    expect(page.locator("[data-block]")).to_have_count(4)
    assert news not in ids(site)
    expect(page.locator("[data-open]:focus")).to_have_count(1)
    page.keyboard.press("Control+Z")
    expect(page.locator("[data-block]")).to_have_count(5)
    assert news in ids(site)
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("[data-block]")).to_have_count(4)
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.id") in {"preview-title", "blocks-title"}


def test_a_block_is_dragged_to_its_place(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True, viewport={"width": 1280, "height": 1200}))
    handle, target = (page.locator(f"[data-block='{name}'] .drag-handle").bounding_box() for name in ("slut", "intro"))
    assert handle
    assert target
    page.mouse.move(handle["x"] + 8, handle["y"] + 12)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(handle["x"] + 8, handle["y"] + (target["y"] - handle["y"] - 10) * step / 10 + 8)
        page.wait_for_timeout(20)
    page.mouse.up()
    expect(page.locator("[data-say]")).to_have_text("Flyttat till plats 1 av 3")
    assert ids(site) == ["slut", "intro", "mote"]


def test_two_editors_on_one_block_see_both_texts_and_choose(site: Site, open_browser: OpenBrowser) -> None:
    first, second = (open_composer(open_browser(signed_in=True)) for _ in range(2))
    mine, theirs = open_block(first, "slut"), open_block(second, "slut")
    theirs.locator("[name='f.heading']").fill("Bobs rubrik")
    wait_saved(second)
    first.set_viewport_size({"width": 375, "height": 500})
    mine.locator("[name='f.heading']").fill("Alices rubrik")
    mine.locator(".rich-input").click()
    box = mine.locator(".conflict")
    expect(box).to_contain_text("Bobs rubrik")
    expect(box.get_by_role("button", name="Behåll min")).to_be_in_viewport()
    shoot(first, "conflict")
    assert texts(site, "slut")["heading"] == "Bobs rubrik"
    box.get_by_role("button", name="Behåll min").click()
    expect(mine.locator(".rich-input, [name='f.heading']").and_(mine.locator(":focus"))).to_have_count(1)
    wait_saved(first)
    assert texts(site, "slut")["heading"] == "Alices rubrik"
    theirs.locator("[name='f.heading']").fill("Bobs igen")
    theirs.locator(".conflict").get_by_role("button", name="Ta den andra").click()
    expect(theirs.locator("[name='f.heading']")).to_have_value("Alices rubrik")
    assert texts(site, "slut")["heading"] == "Alices rubrik"


def test_who_else_has_a_block_open_is_shown_and_asked_about(open_browser: OpenBrowser) -> None:
    open_block(open_composer(open_browser(signed_in=True, name="bob")), "mote")
    alice = open_composer(open_browser(signed_in=True))
    expect(alice.locator("[data-block='mote'] [data-presence]")).to_have_text("Bob redigerar")
    asked: list[str] = []

    def decline(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    alice.on("dialog", decline)
    alice.locator("[data-block='mote'] [data-open]").click()
    alice.wait_for_timeout(300)
    assert asked == ["Bob redigerar det här blocket. Öppna ändå?"]
    expect(alice.locator("[data-block='mote'] form[data-prefix]")).to_have_count(0)


def test_what_is_wrong_stands_at_its_field_and_is_kept_until_it_is_mended(
    site: Site, open_browser: OpenBrowser
) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    heading = item.locator("[name='f.heading']")
    heading.fill("x" * 81)
    expect(item.locator(".fault")).to_have_text("högst 80 tecken")
    expect(item.locator(".counter")).to_have_text("81 av 80 tecken")
    expect(page.locator("[data-state]")).to_contain_text("Inte sparat än")
    item.get_by_role("button", name="Klar").click()
    expect(heading).to_be_focused()
    shoot(page, "wrong")
    described = (heading.get_attribute("aria-describedby") or "").split()
    assert any(page.locator(f"[id='{one}']").inner_text() == "högst 80 tecken" for one in described)
    heading.fill("x" * 80)
    wait_saved(page)
    expect(item.locator(".fault")).to_have_count(0)
    assert heading.get_attribute("aria-describedby") is None


def test_a_phone_shows_one_side_at_a_time_and_nothing_sideways(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True, viewport={"width": 320, "height": 700}, has_touch=True))
    expect(page.locator(".preview-side")).to_be_hidden()
    open_block(page, "mote")
    shoot(page, "phone-write")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    page.get_by_role("button", name="Förhandsvisning").click()
    expect(page.frame_locator(".preview iframe").get_by_text("Exempelgården")).to_be_visible()
    shoot(page, "phone-look")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


def test_every_kind_is_known_to_the_list_of_kinds(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True).new_page()
    page.goto(f"{EDIT}/add")
    offered = {link.get_attribute("href") or "" for link in page.locator(".kind-groups a").all()}
    assert {re.sub(r".*/add/(\w+).*", r"\1", address) for address in offered} == set(BY_NAME)
