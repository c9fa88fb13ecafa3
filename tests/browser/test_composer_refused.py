"""Answers that do not pass by themselves: each is told as what it is and asked for once, and the text stays."""

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import delete

from mailer import db
from mailer.accounts.queries import get_user_by_email
from mailer.workspaces.models import Member
from mailer.workspaces.queries import add_member
from mailer.workspaces.roles import VIEWER
from tests.browser.composer import add_block, open_block, open_composer, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_composer_pictures import payload, picture
from tests.web.world import NOW

pytestmark = pytest.mark.browser


def set_role(site: Site, role: str) -> None:
    """Give Alice another role; with none she is no member any more."""
    with db.transaction() as session:
        alice, workspace = get_user_by_email(session, "alice@example.org").id, site.world.workspace_id
        session.execute(delete(Member).where(Member.user_id == alice, Member.workspace_id == workspace))
        if role:
            add_member(session, workspace, alice, role, now=NOW)


def test_what_the_server_refuses_is_told_once_and_kept(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    heading, state = item.locator("[name='f.heading']"), page.locator("[data-state]")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "autosave" in request.url else None)
    item.locator(".rich-input").click()
    page.keyboard.insert_text("x" * 150_000)
    expect(state).to_have_text("Inte sparat: texten är för lång. Korta den, den finns kvar här.")
    page.keyboard.press("Control+Z")
    wait_saved(page)
    sent.clear()
    refused = "Inte sparat: du får inte ändra det här längre. Din text finns kvar här."
    hidden = "Inte sparat: numret är borttaget, eller så får du inte längre ändra det. Din text finns kvar här."
    for role, told in ((VIEWER, refused), ("", hidden)):
        set_role(site, role)
        heading.fill(f"Skrivet som {role or 'främling'}")
        expect(state).to_have_text(told)
    page.wait_for_timeout(1500)  # longer than the pause before something is tried again
    assert len(sent) == 2
    set_role(site, "owner")
    heading.press("End")
    page.keyboard.type("!")
    wait_saved(page)
    assert texts(site, "intro")["heading"] == "Skrivet som främling!"
    expect(page.locator(".issue-deleted")).to_have_count(0)


def test_a_server_in_trouble_is_asked_again_and_said_once(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    item = open_block(page, "intro")
    page.evaluate(
        """() => { window.told = [];
          const place = document.querySelector("[data-say]");
          new MutationObserver(() => window.told.push(place.textContent)).observe(place, {childList: true}); }"""
    )
    page.route("**/autosave", lambda route: route.fulfill(status=500, content_type="text/html", body="<h1>500</h1>"))
    with page.expect_response(lambda answer: "autosave" in answer.url):
        item.locator("[name='f.heading']").fill("Sparat efteråt")
    expect(page.locator("[data-state]")).to_contain_text("servern kan inte ta emot det just nu")
    for _ in range(2):
        page.wait_for_event("response", lambda answer: "autosave" in answer.url)
    expect(page.locator("[data-state]")).to_contain_text("servern kan inte ta emot det just nu")
    assert len(page.evaluate("window.told")) == 1
    page.unroute("**/autosave")
    wait_saved(page)
    assert texts(site, "intro")["heading"] == "Sparat efteråt"


def test_a_picture_that_is_refused_is_sent_once(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Bild med bildtext")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/files/picture") else None)
    set_role(site, VIEWER)
    form.get_by_label("Lägg in en egen bild").set_input_files([payload(picture())])
    expect(form.locator("take-picture .fault")).to_contain_text("du får inte ändra det här längre")
    page.wait_for_timeout(3300)
    assert len(sent) == 1


def wait_for(page: Page, held: list[Route], count: int) -> None:
    """Wait until so many requests are out."""
    for _ in range(200):
        if len(held) >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} requests of {count}")


def test_what_is_typed_while_finish_waits_is_stored_too(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/autosave", hold, times=3)
    item.locator(".rich-input").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Först")
    wait_for(page, held, 1)
    item.get_by_role("button", name="Klar").click()
    item.locator(".rich-input").focus()
    for number, words in enumerate((" och", " sedan", " mer")):
        wait_for(page, held, number + 1)
        page.keyboard.type(words)
        held[number].continue_()
    expect(item.locator("form[data-prefix]")).to_have_count(0)
    assert texts(site, "intro")["body"] == "<p>Vi har nyheter till dig. Först och sedan mer</p>"


def test_a_button_that_fills_in_the_form_says_when_it_could_not(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    form = add_block(open_composer(context), "Mötesdatum")
    rows = form.locator("fieldset.part fieldset.part")
    before = rows.count()
    context.set_offline(True)
    form.get_by_role("button", name="Fler rader").click()
    expect(form.get_by_role("alert")).to_have_text(
        "Servern svarar inte. Försök igen om en stund, din text finns kvar här."
    )
    context.set_offline(False)
    form.get_by_role("button", name="Fler rader").click()
    expect(rows).not_to_have_count(before)
    expect(form.get_by_role("alert")).to_have_count(0)
