"""Every page in a real browser: accessible in light and dark, narrow without sideways scroll, quiet and first-party."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import Engine, update

from mailer import db
from mailer.issues.models import Issue
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter
from tests.browser.conftest import OpenBrowser, Site, catch_mail

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"

READER_PAGES = (
    "/n/natverksbrevet/",
    "/n/natverksbrevet/?lang=en",
    "/n/tomt/",
    "/n/natverksbrevet/2016-1",
    "/n/natverksbrevet/2016-3",
    "/n/natverksbrevet/2016-1/tell",
    "/n/natverksbrevet/2016-1?via=mail",
    "/n/natverksbrevet/2016-3/for/an",
    "/tip/{tip}",
    "/tip/{tip}?sent=yes",
    "/no-tips/{block}",
    "/no-tips/{block}?done=yes",
    "/u/{leave}",
    "/m/{manage}",
    "/svar/{answer}/open_poll/1",
    "/svar/{answer}/open_poll/2?lang=en",
    "/svar/{answer}/poll/1",
    "/u/nothing",
    "/n/natverksbrevet/join",
    "/n/natverksbrevet/join?lang=en",
    "/n/natverksbrevet/join/sent",
    "/n/natverksbrevet/join/embed",
    "/n/natverksbrevet/search?q=möte",
    "/n/natverksbrevet/search?q=giraff",
    "/n/natverksbrevet/latest",
    "/n/natverksbrevet/privacy",
    "/n/natverksbrevet/privacy?lang=en",
    "/n/natverksbrevet/accessibility",
    "/n/slutet/",
    "/r/{read}/",
    "/r/{read}/2016-1",
    "/min",
    "/min?sent=yes&newsletter=natverksbrevet",
    "/min/{own}",
    "/min/{own}/erase",
    "/sign-in/sent",
    "/sign-in",
)
MEMBER_PAGES = (
    "/app/foreningen",
    ISSUE,
    f"{ISSUE}?view=phone",
    f"{ISSUE}?view=text",
    f"{ISSUE}?view=web",
    f"{ISSUE}/preview/web",
    f"{ISSUE}/send?list=nyhetsbrevet",
    f"{ISSUE}/send",
    "/app/foreningen/dispatches/1",
    "/app/foreningen/dispatches/1/cancel",
    "/app/foreningen/lists/nyhetsbrevet",
    "/app/foreningen/lists/nyhetsbrevet?q=nobody",
    "/app/foreningen/lists/nyhetsbrevet/settings",
    "/app/foreningen/lists/tomma?done=made",
    "/app/foreningen/new-list",
    "/app/foreningen/new-newsletter",
    "/app/foreningen/newsletters/tomt/theme?done=made",
    "/app/foreningen/newsletters/natverksbrevet/settings",
    "/app/foreningen/newsletters/natverksbrevet/join",
    "/app/foreningen/newsletters/natverksbrevet/web",
    "/app/foreningen/newsletters/natverksbrevet/web/privacy/sv",
    "/app/foreningen/newsletters/natverksbrevet/sharing",
    "/app/foreningen/newsletters/natverksbrevet/theme",
    "/app/foreningen/newsletters/natverksbrevet/saved",
    "/app/foreningen/newsletters/natverksbrevet/saved/arbetsgrupper",
    "/app/foreningen/newsletters/tomt/saved",
    "/app/foreningen/n/natverksbrevet/2017-1/template",
    "/app/foreningen/n/natverksbrevet/2017-1/edit/b/intro/save",
    "/app/foreningen/n/natverksbrevet/2016-1/shares",
    "/app/foreningen/n/natverksbrevet/2016-3/shares",
    "/app/foreningen/partners",
    "/app/foreningen/files",
    "/app/foreningen/files?q=giraff",
    "/app/foreningen/files/describe",
    f"{ISSUE}/edit/add/hero",
    "/app/foreningen/n/natverksbrevet",
    "/app/foreningen/n/natverksbrevet?q=giraff",
    f"{ISSUE}/edit",
    f"{ISSUE}/edit/add",
    f"{ISSUE}/edit/add/event",
    f"{ISSUE}/edit/add/dates",
    f"{ISSUE}/edit/add/columns",
    f"{ISSUE}/edit/add/poll",
    f"{ISSUE}/edit/b/mote",
    f"{ISSUE}/revisions",
    f"{ISSUE}/delete",
    f"{ISSUE}/number",
    "/app/foreningen/n/natverksbrevet/new",
    "/app/foreningen/members",
    "/app/foreningen/n/natverksbrevet/2016-1",
    "/app/foreningen/n/natverksbrevet/2016-3",
    "/account",
    "/app/foreningen/unknown",
    "/inbox",
    "/inbox?q=nobody",
    "/inbox/1",
    "/inbox/1?view=phone",
    "/inbox/1?view=text",
    "/inbox/1?view=headers",
    "/inbox/1?view=source",
)


REFUSED = {"/u/nothing", "/app/foreningen/unknown", "/n/slutet/"}


def visit_all(context: BrowserContext, site: Site, pages: tuple[str, ...]) -> Iterator[tuple[str, Page]]:
    """Go to one page after the other, in one tab."""
    page = context.new_page()
    for path in pages:
        page.goto(site.fill(path))
        yield path, page


@pytest.mark.parametrize(("signed_in", "pages"), [(False, READER_PAGES), (True, MEMBER_PAGES)])
def test_axe_finds_nothing_in_light_and_in_dark(
    site: Site, open_browser: OpenBrowser, signed_in: bool, pages: tuple[str, ...]
) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    findings = []
    for path, page in visit_all(open_browser(signed_in=signed_in, reduced_motion="reduce"), site, pages):
        page.evaluate(AXE.read_text())
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            violations = page.evaluate("axe.run(document, {iframes: false}).then(result => result.violations)")
            findings += [(path, scheme, found["id"], found["nodes"][0]["html"]) for found in violations]
    assert findings == []


def list_too_wide(context: BrowserContext, site: Site, pages: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return the pages that scroll sideways, with the width at which they do."""
    return [
        (path, width)
        for path, page in visit_all(context, site, pages)
        for width in (320, 375, 768, 1280)
        if is_too_wide(page, width)
    ]


def is_too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    found: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found


def test_no_page_scrolls_sideways(site: Site, open_browser: OpenBrowser) -> None:
    assert list_too_wide(open_browser(signed_in=True), site, READER_PAGES[:-1] + MEMBER_PAGES) == []


# The words of headings that stand on two lines.
BROKEN = r"""() => [...document.querySelectorAll("h1, h2, h3, h4")].flatMap((heading) => {
  const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (const {0: word, index} of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = [...range.getClientRects()].map((one) => Math.round(one.top));
      if (new Set(tops).size > 1) found.push(word);
    }
  }
  return found;
})"""


def test_no_word_of_a_heading_is_broken_on_a_narrow_page(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True, viewport={"width": 320, "height": 800})
    paths = ("/u/{leave}", "/svar/{answer}/poll/1", "/app/foreningen/newsletters/natverksbrevet/join", f"{ISSUE}/edit")
    broken = [(path, page.evaluate(BROKEN)) for path, page in visit_all(context, site, paths)]
    assert broken == [(path, []) for path in paths]


def test_header_composer_and_footer_stand_in_one_line(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True, viewport={"width": 1900, "height": 900})
    for path, page in visit_all(context, site, (f"{ISSUE}/edit", ISSUE)):
        sides = "all => all.map((one) => [one.getBoundingClientRect().left, one.getBoundingClientRect().right])"
        places = page.locator(".wrap").evaluate_all(sides)
        assert len(places) == 3, path
        assert places.count(places[0]) == 3, path


def test_a_very_long_word_scrolls_no_page_sideways(site: Site, engine: Engine, open_browser: OpenBrowser) -> None:
    word = "Ö" * 120
    with db.transaction(engine) as session:
        session.execute(update(Newsletter).values(name=word))
        session.execute(update(MailingList).values(name=word))
        session.execute(update(Issue).values(subject=word, title=word[:80]))
    catch_mail(word)
    pages = (*READER_PAGES[:-1], *MEMBER_PAGES, "/inbox/2")
    assert list_too_wide(open_browser(signed_in=True), site, pages) == []


def test_tabs_fill_two_rows_at_the_most_and_no_breadcrumb_line_begins_with_a_slash(
    site: Site, open_browser: OpenBrowser
) -> None:
    context = open_browser(signed_in=True, viewport={"width": 375, "height": 800})
    for path, page in visit_all(context, site, (ISSUE, "/inbox/1", "/app/foreningen/dispatches/1/cancel")):
        tops = page.locator(".tabs a").evaluate_all("tabs => tabs.map(tab => tab.getBoundingClientRect().top)")
        assert len(set(tops)) <= 2, path
        slashes = page.locator(".breadcrumb li").evaluate_all(
            "steps => steps.map(step => getComputedStyle(step, '::before').content)"
        )
        assert set(slashes) == {"none"}, path


def test_readers_pages_keep_no_cookie_and_ask_nobody_else(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for _visited in visit_all(context, site, READER_PAGES):
        pass
    assert context.cookies() == []
    assert asked
    assert all(address.startswith(f"{site.address}/") for address in asked)


def test_no_page_complains_to_the_console(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    pages = [path for path in (*READER_PAGES, *MEMBER_PAGES) if path not in REFUSED]
    for _visited in visit_all(context, site, tuple(path for path in pages if path != f"{ISSUE}/send")):
        pass
    assert said == []


def test_a_target_is_large_enough_to_hit(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True, viewport={"width": 375, "height": 800})
    small = []
    for path, page in visit_all(context, site, ("/u/{leave}", "/app/foreningen", ISSUE, f"{ISSUE}/send")):
        for control in page.locator("button, .button, .tabs a, label.choice").all():
            box = control.bounding_box()
            if box and box["height"] < 44:
                small.append((path, control.inner_text()))
    assert small == []


def test_the_first_tab_stop_skips_to_the_content(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto("/n/natverksbrevet/2016-1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehållet"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
