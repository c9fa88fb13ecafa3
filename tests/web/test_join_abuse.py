"""What strangers do to a join form (trust cases D1 to D15)."""

import email
import re
import time
from datetime import timedelta
from email import policy

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.newsletters.models import Newsletter
from mailer.notices.compose import compose_notice
from mailer.notices.models import Notice
from mailer.notices.sender import newsletter_sender
from mailer.subscribers.models import JoinRequest
from mailer.subscribers.queries import find_by_address
from mailer.subscribers.suppression import suppress
from mailer.tokens import hash_address
from tests.web.joining import FORM, NEW, ask_and_get_link, fill, look, notices, post, stamp, states
from tests.web.world import World
from worker.engine.outcome import Answer, Stage
from worker.notices import send_due_notices


def test_d1_one_mailbox_gets_one_mail_a_day_however_often_it_is_typed(stranger: TestClient, world: World) -> None:
    with db.transaction() as session:
        for _ in range(300):
            session.add(make_request(session.get_one(Newsletter, world.newsletter.id), world))
    for _ in range(7):
        look()
    assert len(notices("confirm_join")) == 1
    with db.transaction() as session:
        session.execute(update(Notice).values(asked_at=clock.now() - timedelta(days=2)))
        session.add(make_request(session.get_one(Newsletter, world.newsletter.id), world))
    look()
    assert len(notices("confirm_join")) == 2


def make_request(newsletter: Newsletter, world: World) -> JoinRequest:
    return JoinRequest(
        workspace_id=newsletter.workspace_id,
        newsletter_id=newsletter.id,
        address=NEW,
        address_hash=hash_address(NEW),
        language="sv",
        list_ids=[world.lists[0].id],
        text_version="x",
        source="test",
        asked_at=clock.now(),
    )


def test_d2_one_network_is_limited_and_a_forged_header_does_not_help(stranger: TestClient, world: World) -> None:
    answers = []
    for number in range(12):
        headers = {"x-forwarded-for": f"192.0.2.{number}"}
        answers.append(stranger.post(FORM, data=fill(f"p{number}@example.org"), headers=headers).status_code)
    assert answers == [303] * 10 + [422] * 2


def test_d3_d4_the_confirmation_holds_no_visitor_text_and_only_our_headers(stranger: TestClient, world: World) -> None:
    post(stranger, name="Klicka http://evil.example.org nu", organisation="<b>070-123 45 67</b>")
    look()
    with db.transaction() as session:
        notice = session.scalars(select(Notice)).one()
        newsletter = session.get_one(Newsletter, notice.newsletter_id)
        mail = compose_notice(newsletter_sender(newsletter), notice, now=clock.now())
    message = email.message_from_bytes(mail.octets, policy=policy.default)
    whole = "".join(part.get_content() for part in message.iter_parts())
    assert "evil" not in whole
    assert "070" not in whole
    assert not {"List-Unsubscribe", "Precedence", "Bcc", "Cc"} & set(message.keys())


@pytest.mark.parametrize("bad", ["\r\nBcc: x@example.org", "\n", "%0d%0aX", "\u2028", "\x0b", "\x85"])
def test_d4_line_breaks_in_addresses_are_refused(stranger: TestClient, world: World, bad: str) -> None:
    answer = post(stranger, address=f"a{bad}@example.org")
    assert answer.status_code == 422 or bad == "%0d%0aX"
    assert post(stranger, name=f"Dora{bad}x").status_code == (303 if bad == "%0d%0aX" else 422)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org,b@example.org",
        "Dora <dora@example.org>",
        "dora@[127.0.0.1]",
        "dora@localhost",
        f"{'x' * 65}@example.org",
        "dora",
        "@",
        "",
    ],
)
def test_d5_what_is_no_mailbox_is_said_at_the_field_and_kept(stranger: TestClient, world: World, address: str) -> None:
    answer = post(stranger, address=address)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<title>Fel:" in answer.text
    assert 'href="#email"' in answer.text


def test_d7_known_and_unknown_addresses_get_the_same_answer_and_the_same_work(
    stranger: TestClient, world: World
) -> None:
    with db.transaction() as session:
        one = find_by_address(session, world.workspace_id, "bo@example.org")
        assert one
        suppress(session, world.workspace_id, one.address_hash, "bounced", clock.now())
    answers = [post(stranger, address=who) for who in (NEW, "anna@example.org", "bo@example.org")]
    assert len({(one.status_code, one.headers["location"], one.content) for one in answers}) == 1
    look()
    assert sorted((one.kind, one.address) for one in notices()) == [
        ("already_joined", "anna@example.org"),
        ("confirm_join", NEW),
    ]


def test_d8_fields_that_nobody_asked_for_are_nothing(stranger: TestClient, world: World) -> None:
    extra = {"confirmed": "1", "role": "owner", "workspace": "annan", "id": "1", "list": str(world.lists[1].id)}
    ask_and_get_link(stranger, **extra)
    assert states(NEW, world.workspace_id) == {world.lists[0].id: "pending"}


def test_d9_json_as_plain_text_from_another_site_is_not_a_form(stranger: TestClient, world: World) -> None:
    headers = {"content-type": "text/plain", "origin": "https://evil.example.org"}
    assert stranger.post(FORM, content=b'{"email": "x@example.org"}', headers=headers).status_code == 415


def test_a_form_on_another_site_may_ask(stranger: TestClient, world: World) -> None:
    headers = {"origin": "https://kommun.example.se", "sec-fetch-site": "cross-site"}
    page = stranger.get(f"{FORM}/embed")
    assert "frame-ancestors *" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert stranger.post(FORM, data=fill(), headers=headers).status_code == 303


def test_d10_a_private_list_is_unknown_and_a_closed_one_says_so(stranger: TestClient, world: World) -> None:
    with db.transaction() as session:
        session.merge(world.lists[0]).access = "private"
    assert stranger.get(f"{FORM}/to/nyhetsbrevet").status_code == 404
    assert stranger.get(f"{FORM}/to/nyhetsbrevet").text == stranger.get(f"{FORM}/to/nothing").text.replace(
        "nothing", "nyhetsbrevet"
    )
    with db.transaction() as session:
        session.merge(world.lists[0]).access = "closed"
    assert "tar inte emot nya prenumeranter" in stranger.get(f"{FORM}/to/nyhetsbrevet").text


def test_d11_the_answer_leads_nowhere_else(stranger: TestClient, world: World) -> None:
    for name in ("next", "return", "url"):
        answer = stranger.post(f"{FORM}?{name}=https://evil.example.org", data=fill(**{name: "//evil.example.org"}))
        assert answer.headers["location"].startswith("/n/natverksbrevet/join/sent")


def test_d12_a_trap_looks_like_success_and_a_quick_one_presses_again(stranger: TestClient, world: World) -> None:
    assert stranger.post(FORM, data=fill(website="http://spam.example.org")).status_code == 303
    look()
    assert notices() == []
    quick = stranger.post(FORM, data=fill() | {"stamp": stamp(0)})
    assert quick.status_code == 422
    assert f'value="{NEW}"' in quick.text
    kept = re.search(r'name="stamp" value="([^"]+)"', quick.text)
    assert kept
    time.sleep(3.1)
    assert stranger.post(FORM, data=fill() | {"stamp": kept[1]}).status_code == 303


@pytest.mark.parametrize("shown", ["nonsense", "old"])
def test_a_form_shown_long_ago_is_pressed_again_with_nothing_lost(
    stranger: TestClient, world: World, shown: str
) -> None:
    given = stamp(25 * 3600) if shown == "old" else shown
    answer = stranger.post(FORM, data=fill(name="Dora") | {"stamp": given})
    assert answer.status_code == 422
    assert 'value="Dora"' in answer.text


def test_d13_one_mailbox_is_one_row_in_every_spelling(stranger: TestClient, world: World) -> None:
    ask_and_get_link(stranger, "Dora@EXAMPLE.org")
    post(stranger, address="dora@example.org")
    look()
    assert len(notices("confirm_join")) == 1
    with db.reading() as session:
        found = find_by_address(session, world.workspace_id, NEW)
        assert found
        assert found.address == "Dora@example.org"


def test_d14_large_input_is_refused(stranger: TestClient, world: World) -> None:
    assert stranger.post(FORM, data=fill(name="x" * 10_000_000)).status_code == 413
    many = "&".join(f"list={n}" for n in range(9000))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert stranger.post(FORM, content=many.encode(), headers=headers).status_code in {400, 413, 422}


def test_d15_a_confirmation_that_bounces_leaves_nothing_pending(stranger: TestClient, world: World) -> None:
    ask_and_get_link(stranger)
    send_due_notices(lambda _relays, _mail: Answer(Stage.RCPT, 550, "5.1.1 no such user"))
    assert states(NEW, world.workspace_id) == {}
    send_due_notices(lambda _relays, _mail: Answer(Stage.DOT, 250))
    assert [one.state for one in notices()] == ["failed"]
