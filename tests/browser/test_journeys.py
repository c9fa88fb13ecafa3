"""What people do with the pages: send with and without script, watch progress, leave, tell a colleague."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, func, select, update

from mailer import clock, db
from mailer.deliveries.models import FINISHED, Batch, Delivery, Dispatch
from mailer.deliveries.states import State
from mailer.limits import look
from mailer.newsletters.join_form import JoinForm
from mailer.newsletters.models import Newsletter
from mailer.notices.kinds import KINDS
from mailer.shares.models import ShareCount
from mailer.web.public.join_defence import HOUR
from tests.browser.conftest import OpenBrowser, Site, catch_mail
from tests.browser.test_pages import READER_PAGES

pytestmark = pytest.mark.browser

ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"


def send_issue(page: Page) -> None:
    page.goto("/app/foreningen")
    page.get_by_role("link", name="Nyheter och möten").first.click()
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_role("button", name="Skicka till 3 personer").click()
    page.wait_for_url("**/dispatches/*")


def finish_dispatch(dispatch_id: int) -> None:
    """Do what the workers would have done."""
    with db.transaction() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == dispatch_id).values(state=State.SENT))
        session.execute(
            update(Batch).where(Batch.dispatch_id == dispatch_id).values(sent=Batch.planned, planned=0, due_at=None)
        )
        session.execute(
            update(Dispatch).where(Dispatch.id == dispatch_id).values(state=FINISHED, finished_at=clock.now())
        )


@pytest.mark.parametrize("script", [True, False])
def test_an_issue_is_sent_with_and_without_script(site: Site, open_browser: OpenBrowser, script: bool) -> None:
    page = open_browser(signed_in=True, java_script_enabled=script).new_page()
    send_issue(page)
    expect(page.locator("#progress .row .number")).to_have_text("0 av 3 skickade")


def test_progress_moves_by_itself_and_stops_when_it_has_ended(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True).new_page()
    send_issue(page)
    page.evaluate("window.same = true")
    finish_dispatch(int(page.url.rsplit("/", 1)[1]))
    expect(page.locator("#progress .row .number")).to_have_text("3 av 3 skickade")
    expect(page.locator("progress")).to_have_js_property("position", 1)
    expect(page.locator("#announcer")).to_have_text("Klart: 3 av 3 skickade")
    assert page.evaluate("window.same"), "the page was loaded anew"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_double_click_on_send_is_one_dispatch(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True).new_page()
    page.goto(f"{ISSUE}/send?list=nyhetsbrevet")
    page.get_by_role("button", name="Skicka till 3 personer").dblclick()
    expect(page).to_have_url(re.compile("/dispatches/4$"))
    page.goto("/app/foreningen")
    assert page.locator("a[href*='/dispatches/']").count() == 4


def test_a_reader_leaves_by_the_page_of_the_link(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"/m/{site.token('manage')}")
    page.get_by_role("link", name="Avsluta prenumerationen").click()
    page.get_by_role("button", name="Avsluta prenumerationen").click()
    expect(page.get_by_text("får inga fler utskick av Nyhetsbrevet")).to_be_visible()


def test_the_link_to_an_issue_is_copied(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/n/natverksbrevet/2016-1/tell")
    page.get_by_role("button", name="Kopiera").click()
    expect(page.get_by_role("status")).to_have_text("Kopierad")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.address}/n/natverksbrevet/2016-1?via=link"


def test_without_script_the_link_is_there_to_be_marked(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto("/n/natverksbrevet/2016-1/tell")
    expect(page.get_by_label("Länk till numret")).to_have_value(f"{site.address}/n/natverksbrevet/2016-1?via=link")
    expect(page.get_by_role("button", name="Kopiera")).to_be_hidden()
    expect(page.get_by_role("link", name="Skriv ett mejl")).to_have_attribute("href", re.compile("^mailto:"))


def test_the_mail_in_the_preview_cannot_run_script(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True).new_page()
    page.goto(ISSUE)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Exempelgården")).to_be_visible()
    handle = page.locator("iframe").element_handle()
    sandbox = handle.get_attribute("sandbox") or ""
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox


def test_an_issue_is_printed_without_its_navigation(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto("/n/natverksbrevet/2016-1")
    page.emulate_media(media="print")
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_role("link", name="Tipsa en kollega")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_inbox_shows_new_mail_by_itself(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto("/inbox")
    first = page.get_by_role("link", name="Ett nytt nummer")
    first.focus()
    catch_mail("Ett nummer till")
    expect(page.get_by_role("link", name="Ett nummer till")).to_be_visible()
    expect(first).to_be_focused()
    first.click()
    expect(page.frame_locator("iframe").get_by_text("Hej Ett nytt nummer")).to_be_visible()
    page.goto("/inbox")
    page.get_by_role("button", name="Töm inkorgen").click()
    expect(page.get_by_text("Inga mejl än")).to_be_visible()


def test_the_text_of_the_mail_can_be_changed_before_it_is_sent(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    page.goto("/n/natverksbrevet/2016-1/tell")
    page.get_by_label("Mejlets text").fill("Hej Åsa!\nTitta & läs")
    address = page.get_by_role("link", name="Skriv ett mejl").get_attribute("href")
    assert address
    assert address.startswith("mailto:?subject=L%C3%A4stips")
    assert address.endswith("&body=Hej%20%C3%85sa!%0D%0ATitta%20%26%20l%C3%A4s")


def test_a_person_who_looks_for_two_seconds_is_a_visit_and_a_program_is_none(
    site: Site, open_browser: OpenBrowser
) -> None:
    visits = []
    for agent in ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Mozilla/5.0 HeadlessChrome/140.0"):
        page = open_browser(user_agent=agent).new_page()
        with page.expect_response("**/visit") as answer:
            page.goto("/n/natverksbrevet/2016-1?via=mail")
        assert answer.value.status == 204
        with db.reading() as session:
            visits.append(session.scalar(select(func.sum(ShareCount.visits)).where(ShareCount.via == "mail")))
    assert visits == [1, 1]


@pytest.mark.parametrize("script", [True, False])
def test_the_step_against_programs_is_one_button(
    site: Site, engine: Engine, open_browser: OpenBrowser, script: bool
) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Newsletter).values(join_form=JoinForm(proof="always").model_dump(mode="json")))
    page = open_browser(java_script_enabled=script).new_page()
    page.goto("/n/natverksbrevet/join")
    page.get_by_label("E-postadress").fill("dora@example.org")
    page.wait_for_timeout(3100)
    page.get_by_role("button", name="Prenumerera").click()
    handed_in: list[str] = []
    page.on("request", lambda request: handed_in.append(request.post_data or "") if request.method == "POST" else None)
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_role("heading", name="Ett steg kvar")).to_be_visible()
    assert ("altcha=" in handed_in[0]) == script
    assert look("join unproven", "127.0.0.0/24", seconds=HOUR) == (0 if script else 1)


def test_c1_a_scanner_that_runs_script_changes_nothing(
    site: Site, open_browser: OpenBrowser, database_state: Callable[[], dict[str, list[Any]]]
) -> None:
    paths = {site.fill(path) for path in READER_PAGES}
    for kind in KINDS.values():
        told = kind.tell(kind.example, clock.now()).values()
        paths |= {value.removeprefix(site.address) for value in told if str(value).startswith(site.address)}
    before = database_state()
    page = open_browser().new_page()
    for path in sorted(paths) * 2:
        page.goto(path, wait_until="load")
        page.mouse.move(100, 100)
        page.evaluate("document.querySelectorAll('a[href^=\"/\"]').forEach(a => fetch(a.href))")
    assert database_state() == before
