"""The composer by keyboard alone: every kind of block is added, filled in and stored without a mouse."""

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from mailer import db
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.registry import KINDS
from mailer.blocks.typed import flatten
from mailer.i18n import get_translations
from tests.browser.composer import SAVED, ids, open_composer, read
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.hands import Hands
from tests.web.test_composer import store_assets

pytestmark = pytest.mark.browser

SV = get_translations("sv").gettext
_TYPE = "() => document.activeElement.isContentEditable ? 'rich' : document.activeElement.type"


@pytest.mark.parametrize("kinds", [KINDS[::2], KINDS[1::2]], ids=["half", "other half"])
def test_an_issue_of_all_kinds_is_composed_by_keyboard_alone(
    site: Site, open_browser: OpenBrowser, tmp_path: Path, kinds: Sequence[type[BlockData]]
) -> None:
    page = open_composer(open_browser(signed_in=True))
    hands = Hands(page)
    for _ in range(80):  # from the top of the page to the last of the links under the blocks
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#block-end [data-add=\"slut\"]')"):
            break
    for kind in kinds:
        shortest = min(kind.EXAMPLES, key=lambda example: len(json.dumps(example)))
        data = store_assets(db.get_engine(), site.world, dict(shortest), tmp_path)
        add(hands, kind, data, "Enter" if kind is kinds[0] else "Control+Shift+A")
    assert [block["type"] for block in read(site)] == ["text", "event", "text", *(kind.NAME for kind in kinds)]
    assert not [act for act in hands.acts if act.startswith("click")]


def add(hands: Hands, kind: type[BlockData], data: dict[str, Any], keys: str) -> None:
    page, count = hands.page, hands.page.locator("#block-list > [data-block]").count()
    hands.press(keys)
    expect(page.locator("dialog.kind-dialog input")).to_be_focused()
    hands.type("Arbetsgrupper" if kind.NAME == "saved" else SV(kind.LABEL))
    hands.press("Enter")
    expect(page.locator("#block-list > li")).to_have_count(count + 1)
    here = page.locator("#block-list > li:last-child form[data-prefix]")
    expect(here.locator(":focus")).to_have_count(1)
    full = kind.model_validate(data).model_dump(mode="json", exclude_defaults=True)
    for name, value in flatten(list_controls(kind), full).items():
        if value and ".focus" not in name:
            write(hands, f"f.{name}", value)
    expect(page.locator("#block-list > [data-block]")).to_have_count(count + 1)
    expect(page.locator("[data-state]")).to_have_text(SAVED)


def write(hands: Hands, name: str, value: str) -> None:
    """Write into a field, whatever kind it is."""
    page, own = hands.page, hands.page.locator(f"#block-list > li:last-child [name='{name}']")
    if own.count() == 0:
        hands.go_to("more")
        hands.press("Enter")
        expect(own.first).to_be_attached()
    if name.endswith(".asset") and own.first.get_attribute("type") == "radio":
        choose_picture(hands, name, value)
        return
    hands.go_to(name)
    kind = page.evaluate(_TYPE)
    if kind == "select-one":
        hands.choose(name, value)
    elif kind == "checkbox":
        if not page.evaluate("document.activeElement.checked"):
            hands.press("Space")
    elif kind == "date":
        hands.type(f"{date.fromisoformat(value):%m%d%Y}")  # as Chromium asks for it here, whatever the page's language
    elif page.evaluate("document.activeElement.value") != value:  # a picture brings its own words
        hands.type(re.sub(r"<[^>]+>", " ", value).strip() if kind == "rich" else value)


def choose_picture(hands: Hands, name: str, value: str) -> None:
    part = name.removesuffix(".asset")
    is_inside = hands.page.evaluate("(id) => !!document.activeElement.closest(`fieldset[id$='${id}']`)", part)
    # The library stands before the file of one's own, in which one begins when the picture is what comes first.
    hands.go_to(f"+{name}", "Shift+Tab" if is_inside else "Tab")
    hands.press("Enter")
    hands.go_to(name)
    for _ in range(20):
        if hands.page.evaluate("document.activeElement.value") == value:
            break
        hands.press("ArrowDown")
    expect(hands.page.locator("#block-list > li:last-child .chosen-picture")).to_be_visible()


def test_blocks_are_moved_copied_deleted_and_brought_back_by_keys(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    go_to_title(page, "slut")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-say]")).to_have_text("Flyttat till plats 2 av 3")
    assert ids(site) == ["intro", "slut", "mote"]
    page.keyboard.press("Control+d")
    expect(page.locator("#block-list > [data-block]")).to_have_count(4)
    go_to_title(page, "mote")
    page.keyboard.press("Delete")
    expect(page.locator("li.undo-bar")).to_be_visible()
    assert "mote" not in ids(site)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-block='mote']")).to_be_visible()
    assert len(ids(site)) == 4


def test_who_undoes_by_keys_can_go_on_by_keys(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    blocks = page.locator("#block-list > [data-block]")
    go_to_title(page, "slut")
    page.keyboard.press("Control+d")
    expect(blocks).to_have_count(4)
    blocks.last.locator("[data-open]").focus()
    page.keyboard.press("Control+z")
    expect(blocks).to_have_count(3)
    expect(page.locator("[data-block='slut'] [data-open]")).to_be_focused()
    page.keyboard.press("Control+Shift+Z")
    expect(blocks).to_have_count(4)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+z")
    expect(blocks).to_have_count(3)


def test_a_form_that_comes_late_takes_the_focus_from_nobody(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    asked: list[Route] = []
    page.route("**/b/mote", partial(_keep, asked))
    go_to_title(page, "mote")
    page.keyboard.press("Enter")
    menu = page.locator("[data-block='mote'] .block-menu summary")
    menu.press("Enter")
    expect(page.locator("[data-block='mote'] .block-menu")).to_have_attribute("open", "")
    asked[0].continue_()
    expect(page.locator("[data-block='mote'] form[data-prefix]")).to_be_visible()
    expect(menu).to_be_focused()


def test_the_form_of_a_new_block_and_an_open_menu_answer_the_keys(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    go_to_title(page, "mote")
    page.keyboard.press("Enter")
    menu = page.locator("[data-block='mote'] .block-menu")
    menu.locator("summary").press("Enter")
    menu.locator("button").first.focus()
    page.keyboard.press("Escape")
    expect(menu.locator("summary")).to_be_focused()
    assert menu.get_attribute("open") is None
    expect(page.locator("[data-block='mote'] form[data-prefix]")).to_be_visible()
    for count in (1, 2):
        page.keyboard.press("Control+Shift+A")
        expect(page.locator("dialog.kind-dialog input")).to_be_focused()
        page.keyboard.type("nyhet")
        page.keyboard.press("Enter")
        expect(page.locator("[data-block='mote'] + .block-new [name='f.heading']")).to_be_focused()
        expect(page.locator(".block-new")).to_have_count(count)
    assert page.evaluate("Object.keys(localStorage)") == []  # nothing has been written in them
    page.keyboard.press("Escape")
    expect(page.locator(".block-new")).to_have_count(1)
    page.locator(".block-new [name='f.heading']").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".block-new")).to_have_count(0)
    expect(page.locator("[data-block='slut'] [name='f.heading']")).to_be_focused()


def _keep(asked: list[Route], route: Route) -> None:
    asked.append(route)


def go_to_title(page: Page, block: str) -> None:
    for _ in range(80):
        if page.evaluate("document.activeElement.matches(`[data-block='${'" + block + "'}'] [data-open]`)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{block} is not reached by Tab")
