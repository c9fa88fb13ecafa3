"""The composer in a browser that runs no script: pages and forms alone, from an empty issue to a version put back."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mailer import db
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.registry import KINDS
from mailer.blocks.typed import flatten
from mailer.i18n import get_translations
from tests.browser.composer import read
from tests.browser.conftest import OpenBrowser, Site
from tests.web.test_composer import store_assets

pytestmark = pytest.mark.browser

SV = get_translations("sv").gettext
NUMBER = "2026-7"


@pytest.fixture
def page(open_browser: OpenBrowser) -> Page:
    """A page on a new, empty issue."""
    page = open_browser(signed_in=True, java_script_enabled=False).new_page()
    page.goto("/app/foreningen/n/natverksbrevet/new")
    page.get_by_label("Nummer").fill(NUMBER.replace("-", ":"))
    page.get_by_label("Tomt").check()
    page.get_by_role("button", name="Börja").click()
    expect(page.get_by_text("Inga block än.")).to_be_visible()
    return page


def test_every_kind_is_added_by_forms(site: Site, page: Page, tmp_path: Path) -> None:
    for kind in KINDS:
        shortest = min(kind.EXAMPLES, key=lambda example: len(json.dumps(example)))
        add(page, kind, store_assets(db.get_engine(), site.world, dict(shortest), tmp_path))
    assert [block["type"] for block in read(site, NUMBER)] == [kind.NAME for kind in KINDS]


def add(page: Page, kind: type[BlockData], data: dict[str, object]) -> None:
    page.locator("#block-end").get_by_role("link", name="Lägg till block", exact=True).click()
    name = "Arbetsgrupper" if kind.NAME == "saved" else SV(kind.LABEL)
    page.locator(".kind-groups").get_by_role("link", name=name, exact=True).click()
    expect(page.locator("#form")).to_be_visible()
    full = kind.model_validate(data).model_dump(mode="json", exclude_defaults=True)
    for field, value in flatten(list_controls(kind), full).items():
        if value and ".focus" not in field:
            write(page, f"f.{field}", value)
    page.get_by_role("button", name="Spara", exact=True).last.click()
    expect(page.locator("#block-list")).to_be_visible()


def write(page: Page, name: str, value: str) -> None:
    field = page.locator(f"#form [name='{name}']")
    if field.count() == 0:
        page.get_by_role("button", name="Fler rader").click()  # what is written comes back with the longer form
    shape = field.first.evaluate("field => field.type") if field.count() else ""
    if shape == "radio":
        page.locator(f"details:has([name='{name}']) > summary").click()
        page.locator(f"#form [name='{name}'][value='{value}']").check()
    elif shape == "checkbox":
        field.check()
    elif shape == "select-one":
        field.select_option(value)
    else:
        field.fill(re.sub(r"<[^>]+>", "", value) if shape == "textarea" else value)


def test_a_block_is_mended_changed_moved_copied_deleted_and_brought_back(site: Site, page: Page) -> None:
    heading = next(kind for kind in KINDS if kind.NAME == "heading")
    news = next(kind for kind in KINDS if kind.NAME == "news")
    add(page, heading, {"text": "Först"})
    add(page, news, {"heading": "Sedan", "ingress": "<p>Läs.</p>"})
    page.locator("#block-list [data-open]").nth(1).click()
    page.locator("[name='f.heading']").fill("")
    page.locator("[name='f.url']").fill("ingen adress")
    page.get_by_role("button", name="Spara", exact=True).last.click()
    expect(page.get_by_role("alert")).to_contain_text("Rubrik: behövs")
    expect(page.locator("[name='f.url']")).to_have_value("ingen adress")
    page.locator("[name='f.heading']").fill("Därefter")
    page.locator("[name='f.url']").fill("https://example.org")
    page.get_by_role("button", name="Spara", exact=True).last.click()
    assert [one["data"].get("heading") for one in read(site, NUMBER)] == [None, "Därefter"]
    page.locator("#block-list > li").nth(1).locator("[data-act='up'] button").click()
    assert [one["type"] for one in read(site, NUMBER)] == ["news", "heading"]
    for act, count in (("duplicate", 3), ("delete", 2)):
        page.locator("#block-list > li").first.locator("summary").click()
        page.locator("#block-list > li").first.locator(f"[data-act='{act}'] button").click()
        assert len(read(site, NUMBER)) == count
    page.get_by_role("button", name="Ångra borttagningen").click()
    assert len(read(site, NUMBER)) == 3
    page.get_by_role("link", name="Versioner").click()
    page.locator("ol.plain-list a").last.click()
    page.get_by_role("button", name="Lägg tillbaka").click()
    assert read(site, NUMBER) == []
