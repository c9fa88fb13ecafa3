"""Tips that the service mails: off until an owner says yes, confirmed by the tipper, once, without a trace (E1–E12)."""

import json
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.activity.models import Activity
from mailer.config import get_settings
from mailer.db import Base
from mailer.newsletters.models import Newsletter
from mailer.notices.compose import compose_notice
from mailer.notices.models import Notice
from mailer.notices.queue import claim_notices, note_sent
from mailer.notices.sender import newsletter_sender
from mailer.retention import forget_batch, list_rules
from mailer.shares.models import Tip
from mailer.shares.tipping import MOST_OF_A_NEWSLETTER
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import Subscriber
from mailer.subscribers.suppression import BOUNCED, suppress
from mailer.tokens import hash_address
from tests.web.conftest import BASE, SignIn
from tests.web.joining import notices, told
from tests.web.tipping import OWN, TELL, TYPED, body, compose, confirm, post
from tests.web.world import NOW, World

SETTINGS = "/app/foreningen/newsletters/natverksbrevet/sharing"


@pytest.fixture
def on(engine: Engine, world: World) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Newsletter).values(tips_since=NOW))


def test_tips_are_off_until_an_owner_has_read_the_notice(
    alice: TestClient, sign_in: SignIn, world: World, stranger: TestClient
) -> None:
    assert "Din kollegas e-postadress" not in stranger.get(TELL).text
    assert post(stranger).status_code == 422
    assert "marknadsföringslagen" in alice.get(SETTINGS).text
    alice.post(SETTINGS, data={"tips": "on"})
    assert post(stranger).status_code == 422
    assert sign_in("viktor@example.org").post(SETTINGS, data={"tips": "on", "understood": "yes"}).status_code == 403
    alice.post(SETTINGS, data={"tips": "on", "understood": "yes"})
    assert "Din kollegas e-postadress" in stranger.get(TELL).text
    assert post(stranger).status_code == 303
    with db.reading() as session:
        (said,) = session.scalars(select(Activity).where(Activity.verb == "newsletter.tips_on"))
        assert "Marketing Act" in said.detail["notice"]
    alice.post(SETTINGS, data={"tips": "off"})
    assert post(stranger).status_code == 422


@pytest.mark.parametrize(
    "colleague", ["a@example.net, b@example.net", "a@example.net b@example.net", "Kalle <a@example.net>", "a", ""]
)
def test_e1_one_colleague_at_a_time(on: None, stranger: TestClient, colleague: str) -> None:
    page = post(stranger, colleague=colleague)
    assert page.status_code == 422
    assert 'id="colleague-fault"' in page.text
    assert TYPED["message"] in page.text
    assert notices() == []


def test_e2_nothing_goes_out_before_the_tippers_mailbox_says_so(on: None, stranger: TestClient) -> None:
    assert post(stranger).status_code == 303
    assert [one.kind for one in notices()] == ["confirm_tip"]
    link = told(notices()[0], "tip_url")
    for method in ("GET", "HEAD", "OPTIONS"):
        stranger.request(method, link)
    assert [one.kind for one in notices()] == ["confirm_tip"]
    assert stranger.post(link[:-9] + "A" * 9, headers=OWN).status_code == 404
    assert stranger.post(link, headers=OWN).status_code == 303
    assert [one.kind for one in notices()] == ["confirm_tip", "tip"]


@pytest.mark.parametrize(
    "message",
    [
        "Se https://evil.example",
        "www.evil.example",
        "evil.se/x",
        "köp på evil.com",
        "mailto:x",
        "a@example.org",
        "x" * 301,
    ],
)
def test_e3_links_and_long_texts_are_refused_at_the_field(on: None, stranger: TestClient, message: str) -> None:
    page = post(stranger, message=message)
    assert page.status_code == 422
    assert 'id="message-fault"' in page.text
    assert notices() == []


@pytest.mark.parametrize("message", ["🎉🎉🎉", "", "Två\nrader", "<b>fet</b> {{ 7 * 7 }} %s"])
def test_e3_everything_else_is_plain_text(on: None, stranger: TestClient, message: str) -> None:
    confirm(stranger, message=message)
    mail = compose(notices("tip")[0])
    for line in message.split("\n"):
        assert line in body(mail, "plain")
    assert "<b>fet" not in body(mail, "html")
    assert "49" not in body(mail, "plain")


@pytest.mark.parametrize("field", ["name", "tipper", "colleague"])
@pytest.mark.parametrize("sign", ["\r\n", "\n", "\u2028", "\x0b", "\x0c", "\x85", "\x00"])
def test_e4_line_breaks_in_names_and_addresses_are_refused(
    on: None, stranger: TestClient, field: str, sign: str
) -> None:
    assert post(stranger, **{field: TYPED[field].replace("@", f"{sign}@") + f"{sign}Bcc: x"}).status_code == 422
    assert notices() == []


def test_e5_sender_and_subject_are_ours_and_only_public_issues_are_tipped(
    on: None, engine: Engine, stranger: TestClient, alice: TestClient
) -> None:
    link = confirm(stranger, subject="Vinn pengar", issue_id="99", newsletter="annan")
    mail = compose(notices("tip")[0])
    assert mail["from"] == "Föreningen Exempel <brev@example.org>"
    assert mail["reply-to"] == "brev@example.org"
    assert mail["subject"] == "Tips från en kollega: Nyheter och möten"
    assert stranger.post("/n/natverksbrevet/2017-1/tell", data=TYPED, headers=OWN).status_code == 404
    alice.post("/app/foreningen/n/natverksbrevet/2016-1/withdraw", data={"reason": "Fel"})
    assert stranger.get(link).status_code == 404


def test_e6_whoever_wants_none_gets_none_and_the_answer_is_the_same(
    on: None, engine: Engine, world: World, stranger: TestClient
) -> None:
    confirm(stranger)
    stranger.post(told(notices("tip")[0], "block_url"), headers=OWN)
    with db.transaction(engine) as session:
        suppress(session, world.workspace_id, hash_address("studs@example.net"), BOUNCED, NOW)
        gone = session.get_one(Subscriber, world.readers[1].id)
        leave_lists(session, gone, [world.lists[0].id], now=NOW, source="test")
    pages = set()
    for colleague in ("studs@example.net", "bo@example.org", "ny@example.net"):
        link = confirm(stranger, colleague=colleague)
        pages.add(stranger.get(link + "?sent=yes").text.replace(colleague[0] + "•••", "").partition("@")[0])
    with db.transaction(engine) as session:
        session.query(Tip).delete()
    confirm(stranger)
    assert [one.address for one in notices("tip")] == ["kollega@example.net", "ny@example.net"]
    assert len(pages) == 1


def test_e7_ten_people_who_tip_one_colleague_are_one_mail(on: None, stranger: TestClient) -> None:
    for number in range(9):
        confirm(stranger, tipper=f"eva{number}@example.org", colleague=f"{'Kk'[number % 2]}ollega@EXAMPLE.net")
    assert len(notices("tip")) == 1


def test_a_reader_tips_five_a_day(on: None, stranger: TestClient) -> None:
    links = []
    for number in range(7):
        post(stranger, colleague=f"k{number}@example.net")
        links.append(told(notices("confirm_tip")[-1], "tip_url"))
    for link in links:
        stranger.post(link, headers=OWN)
    assert len(notices("confirm_tip")) == 5
    assert len(notices("tip")) == 5


def test_e8_the_newsletter_has_a_cap_and_its_owners_are_told(
    on: None, engine: Engine, world: World, stranger: TestClient
) -> None:
    with db.transaction(engine) as session:
        of_before = {"workspace_id": world.workspace_id, "issue_id": 1, "tipped_at": clock.now()}
        session.add_all(
            Tip(address_hash=bytes([number] * 16), tipper_hash=b"x" * 16, **of_before)
            for number in range(MOST_OF_A_NEWSLETTER - 2)
        )
    for number in range(4):
        confirm(stranger, tipper=f"eva{number}@example.org", colleague=f"k{number}@example.net")
    assert len(notices("tip")) == 2
    (alarm,) = notices("alarm")
    assert alarm.address == "alice@example.org"


def test_e9_the_tip_says_who_why_and_how_to_refuse_and_holds_no_token_of_the_tipper(
    on: None, stranger: TestClient
) -> None:
    confirm(stranger)
    mail = compose(notices("tip")[0])
    text, html = body(mail, "plain"), body(mail, "html")
    assert mail["auto-submitted"] == "auto-generated"
    for part in (text, html):
        assert "Eva Å (eva@example.org)" in part
        assert "Vi har inte sparat din adress." in part
        assert f"{BASE}/n/natverksbrevet/2016-1?via=tip" in part
        assert "/no-tips/" in part
    assert not re.search(r"/(?:u|m|r|min|c)/[\w-]{10}", text + html)
    assert "<img" not in html


def test_e10_nothing_of_the_colleague_is_left(
    on: None, engine: Engine, stranger: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    confirm(stranger)
    with db.transaction(engine) as session:
        for notice in claim_notices(session, clock.now()):
            note_sent(session, notice, clock.now())
    with db.reading() as session:
        kept = {
            table.name: json.dumps([list(map(str, row)) for row in session.execute(table.select())])
            for table in Base.metadata.sorted_tables
        }
    assert [name for name, rows in kept.items() if "kollega@" in rows or "mötet, det är" in rows] == []
    assert "kollega@example.net" not in caplog.text
    with db.transaction(engine) as session:
        later = clock.now() + timedelta(hours=25)
        (rule,) = [one for one in list_rules(get_settings()) if one.name == "tips"]
        assert forget_batch(session, rule, later) == 2
        assert session.scalars(select(Tip)).all() == []
        assert session.scalars(select(Notice).where(Notice.kind == "tip")).all() == []


def test_an_old_link_sends_nothing(on: None, stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    post(stranger)
    link = told(notices("confirm_tip")[0], "tip_url")
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert stranger.post(link, headers=OWN).status_code == 404
    assert notices("tip") == []


@pytest.mark.parametrize("path", [TELL, "/tip/{link}", "/no-tips/x"])
def test_e11_another_site_sends_nothing(on: None, alice: TestClient, stranger: TestClient, path: str) -> None:
    post(stranger)
    link = told(notices("confirm_tip")[0], "tip_url").rpartition("/")[2]
    evil = {"origin": "https://evil.example.org", "sec-fetch-site": "cross-site"}
    assert alice.post(path.format(link=link), data=TYPED, headers=evil).status_code == 403
    assert len(notices()) == 1


def test_e12_answers_and_bounces_come_to_us_and_touch_no_subscription(
    on: None, world: World, stranger: TestClient, database_state: Callable[[], dict[str, list[Any]]]
) -> None:
    confirm(stranger, colleague="anna@example.org")
    mail = notices("tip")[0]
    with db.reading() as session:
        sender = newsletter_sender(session.get_one(Newsletter, mail.newsletter_id))
    assert compose_notice(sender, mail, now=clock.now()).return_path.startswith("notice+")
    assert "eva@" not in str(compose(mail)["reply-to"])
    assert {row[2] for row in database_state()["subscriptions"]} == {"active"}


def test_refusing_asks_first(
    on: None, stranger: TestClient, database_state: Callable[[], dict[str, list[Any]]]
) -> None:
    confirm(stranger)
    link = told(notices("tip")[0], "block_url")
    before = database_state()
    assert "inte ha tips" in stranger.get(link).text
    assert database_state() == before
    assert stranger.post(link, headers=OWN).status_code == 303
    assert stranger.get(link + "?done=yes").status_code == 200
    assert stranger.post("/no-tips/nonsense", headers=OWN).status_code == 404
