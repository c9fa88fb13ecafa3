"""Opening the composer in a browser and waiting for it, for its tests."""

import os
import re
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from mailer import db
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.facts import list_facts
from mailer.issues.queries import get_issue
from tests.browser.conftest import Site
from tests.browser.test_pages import AXE

ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"
EDIT = f"{ISSUE}/edit"
SAVED = re.compile(r"^Sparat( \d\d\.\d\d)?$")
SHOTS = os.environ.get("MAILER_TEST_SCREENSHOTS", "")  # a folder for screenshots, when somebody wants to look


def read(site: Site, number: str = "2017-1") -> list[dict[str, Any]]:
    """Return the draft's blocks as they are stored."""
    with db.reading() as session:
        issue = get_issue(session, site.world.workspace_id, "natverksbrevet", number)
        blocks: list[dict[str, Any]] = dump_document(load_document(session, issue))["blocks"]
        return blocks


def facts(site: Site) -> dict[str, str]:
    """Return what the draft says of itself, as it is stored."""
    with db.reading() as session:
        issue = get_issue(session, site.world.workspace_id, "natverksbrevet", "2017-1")
        return list_facts(issue)


def ids(site: Site) -> list[str]:
    return [block["id"] for block in read(site)]


def texts(site: Site, block: str) -> dict[str, Any]:
    data: dict[str, Any] = next(one["data"] for one in read(site) if one["id"] == block)
    return data


def open_composer(context: BrowserContext, path: str = EDIT) -> Page:
    page = context.new_page()
    page.goto(path)
    page.wait_for_function("customElements.get('issue-editor') && document.querySelector('.is-live')")
    return page


def wait_saved(page: Page) -> None:
    expect(page.locator("[data-state]")).to_have_text(SAVED)


def open_block(page: Page, block: str) -> Locator:
    item = page.locator(f"[data-block='{block}']")
    item.locator("[data-open]").click()
    expect(item.locator("form[data-prefix]")).to_be_visible()
    return item


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot when somebody asked for them."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def add_block(page: Page, kind: str) -> Locator:
    page.locator("#block-end a").first.click()
    page.locator("dialog.kind-dialog").get_by_role("link", name=kind, exact=True).click()
    form = page.locator("#block-list > li:last-child form[data-prefix]")
    expect(form).to_be_visible()
    return form


def look(page: Page, name: str) -> None:
    """Keep a screenshot when somebody asked for them, and let axe judge the page."""
    page.wait_for_timeout(200)  # for what fades in
    shoot(page, name)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {iframes: false}).then(result => result.violations)")
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found], name
