"""Answering polls: a link asks, its button answers, a later answer takes the place of an earlier, until the last day.

Trust cases B3, B5, C1, C8 for these links.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import load_content
from mailer.deliveries.personalise import Personaliser
from mailer.issues.editing import add_block, lock_draft
from mailer.issues.queries import get_issue, list_blocks
from mailer.mime.parts import read_parts
from mailer.subscribers.models import Subscriber
from mailer.tokens import sign
from tests.web.conftest import BASE
from tests.web.polling import ISSUE, SAME, Poll, send_poll, votes
from tests.web.world import NOW, World

ReadState = Callable[[], dict[str, list[Any]]]


@pytest.fixture
def poll(engine: Engine, world: World) -> Poll:
    return send_poll(engine, world, clock.now() + timedelta(days=5))


@pytest.fixture
def closed(engine: Engine, world: World) -> Poll:
    return send_poll(engine, world, clock.now() - timedelta(days=2))


def test_the_page_asks_who_it_counts_for_and_who_will_see(stranger: TestClient, poll: Poll) -> None:
    page = stranger.get(f"{poll.path()}?lang=sv")
    assert page.status_code == 200
    for words in (
        "Kommer du?",
        "Du valde: Ja. Skicka svaret?",
        "a•••@example.org",
        "Ingen ser vem som har svarat vad.",
    ):
        assert words in page.text
    assert "anna@" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "set-cookie" not in page.headers
    english = stranger.get(f"{poll.path()}?lang=en").text
    assert "You chose: Ja. Send it?" in english


def test_the_other_answers_are_links_that_work(stranger: TestClient, poll: Poll) -> None:
    page = stranger.get(poll.path(2)).text
    others = re.findall(r'<li><a href="(/svar/[^"?]+)', page)
    assert [other.rpartition("/")[2] for other in others] == ["1", "3"]
    assert "Nej" in stranger.get(others[1]).text


@pytest.mark.parametrize("answer", [1, 3])
def test_c1_scanners_that_open_every_link_change_nothing(
    stranger: TestClient, poll: Poll, database_state: ReadState, answer: int
) -> None:
    before = database_state()
    for method in ("GET", "HEAD", "OPTIONS") * 5:
        stranger.request(method, poll.path(answer), headers={"user-agent": "LinkScanner/1.0"})
    assert database_state() == before
    assert votes() == []


def test_the_button_answers_and_shows_the_results(stranger: TestClient, poll: Poll) -> None:
    page = stranger.post(f"{poll.path(1)}?lang=sv", headers=SAME)
    assert page.status_code == 200
    assert "Tack för ditt svar" in page.text
    assert "100 %" in page.text
    assert [vote.answer for vote in votes()] == [1]


def test_a_later_answer_takes_the_place_of_the_first(stranger: TestClient, poll: Poll) -> None:
    stranger.post(poll.path(1), headers=SAME)
    assert "Ditt svar är ändrat" in stranger.post(f"{poll.path(3)}?lang=sv", headers=SAME).text
    stranger.post(poll.path(2, reader=1), headers=SAME)
    assert sorted(vote.answer for vote in votes()) == [2, 3]


def test_a_form_of_another_site_does_not_answer(stranger: TestClient, poll: Poll) -> None:
    for headers in ({"origin": "https://evil.example"}, {"origin": BASE, "sec-fetch-site": "cross-site"}, {}):
        assert stranger.post(poll.path(), headers=headers).status_code == 403
    assert votes() == []


def test_after_the_last_day_the_page_says_so_and_takes_nothing(stranger: TestClient, closed: Poll) -> None:
    page = stranger.get(f"{closed.path()}?lang=sv")
    assert (page.status_code, "Frågan är stängd" in page.text, "<form" in page.text) == (200, True, False)
    page = stranger.post(f"{closed.path()}?lang=sv", headers=SAME)
    assert (page.status_code, "Det går inte längre att svara." in page.text) == (409, True)
    assert votes() == []


def test_the_whole_last_day_counts(stranger: TestClient, engine: Engine, world: World) -> None:
    today = send_poll(engine, world, clock.now().astimezone(clock.LOCAL_ZONE))
    assert "<form" in stranger.get(today.path()).text


def test_a_withdrawn_issue_takes_no_answers(stranger: TestClient, engine: Engine, world: World, poll: Poll) -> None:
    with db.transaction(engine) as session:
        get_issue(session, world.workspace_id, "natverksbrevet", "2017-1").withdrawn_at = NOW
    assert stranger.post(poll.path(), headers=SAME).status_code == 409


def test_links_that_are_not_alive_are_all_the_same_page(
    stranger: TestClient, engine: Engine, world: World, poll: Poll, database_state: ReadState
) -> None:
    anna = world.readers[0]
    good = sign("answer", anna.id, poll.dispatch_id, 0)
    tampered = good[:-2] + ("AA" if not good.endswith("AA") else "BB")
    with db.transaction(engine) as session:
        dead = [
            *(f"/svar/{token}/{poll.block}/1" for token in (tampered, "nothing", good + "A")),
            f"/svar/{sign('leave', anna.id, poll.dispatch_id, 0)}/{poll.block}/1",  # another purpose
            f"/svar/{sign('answer', anna.id, poll.dispatch_id, 1)}/{poll.block}/1",  # another generation
            f"/svar/{sign('answer', 99, poll.dispatch_id, 0)}/{poll.block}/1",
            f"/svar/{sign('answer', anna.id, world.dispatch_id, 0)}/{poll.block}/1",  # an issue without the poll
            *(f"/svar/{good}/{poll.block}/{answer}" for answer in ("0", "4", "-1", "x", "²", "01")),
            f"/svar/{good}/mote/1",  # no poll
            f"/svar/{good}/nothing/1",
        ]
        assert session.get_one(Subscriber, anna.id)
    before = database_state()
    for path in dead:
        for page in (stranger.get(f"{path}?lang=sv"), stranger.post(f"{path}?lang=sv", headers=SAME)):
            assert (page.status_code, "Länken fungerar inte" in page.text) == (404, True), path
    assert database_state() == before


def test_another_workspaces_reader_cannot_answer(
    stranger: TestClient, engine: Engine, world: World, poll: Poll
) -> None:
    with db.transaction(engine) as session:
        foreign = Subscriber(
            workspace_id=world.workspace_id + 1,
            address="x@example.org",
            address_key="x@example.org",
            address_hash=b"x" * 16,
            created_at=NOW,
        )
        session.add(foreign)
        session.flush()
        token = sign("answer", foreign.id, poll.dispatch_id, 0)
    assert stranger.post(f"/svar/{token}/{poll.block}/1", headers=SAME).status_code == 404
    assert votes() == []


def test_every_mail_holds_its_readers_own_links(stranger: TestClient, poll: Poll) -> None:
    with db.reading() as session:
        mails = Personaliser(load_content(session, poll.dispatch_id))
    found = []
    for number, subscriber in enumerate(poll.world.readers[:2]):
        reader = Reader(number, subscriber.id, subscriber.address, "", "", 0, str(poll.world.lists[0].id), 1)
        parts = read_parts(mails.make(reader, NOW).octets)
        for part in (parts.html, parts.text):
            assert part is not None
            links = re.findall(rf"{BASE}(/svar/[\w-]+/{poll.block}/\d)", part)
            assert links == [poll.path(answer, number) for answer in (1, 2, 3)]
        found.append(links[0])
        assert stranger.get(links[0]).status_code == 200
    assert len(set(found)) == 2


def test_the_preview_links_to_no_answer(alice: TestClient, poll: Poll) -> None:
    assert "/svar/" not in alice.get(f"{ISSUE}/preview/mail").text


def test_sending_says_when_a_poll_closes_too_soon(alice: TestClient, engine: Engine, world: World) -> None:
    with db.transaction(engine) as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")
        lock_draft(session, issue.id)
        day = clock.now().astimezone(clock.LOCAL_ZONE) + timedelta(days=1)
        data = {"question": "Kommer du?", "answers": ["Ja", "Nej"], "closes": f"{day:%Y-%m-%d}"}
        add_block(session, issue, "poll", data, "", actor="test", now=NOW)
    page = alice.get(f"{ISSUE}/send?list=nyhetsbrevet").text
    assert "Titta på det här först" in page
    assert "Den stänger mindre än två dagar efter" in page


def test_a_poll_with_names_can_be_made_in_its_form(alice: TestClient, world: World) -> None:
    edit = f"{ISSUE}/edit"
    assert re.search(r'name="f.anonymous" value="yes" checked', alice.get(f"{edit}/add/poll").text)
    typed = {"f.question": "Kommer du?", "f.answers": "Ja\nNej", "f.closes": "2030-01-01"}
    assert alice.post(f"{edit}/add/poll", data=typed).status_code == 303
    with db.reading() as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")
        [added] = [row for row in list_blocks(session, issue.id) if row.kind == "poll"]
        assert added.data["anonymous"] is False
    assert alice.post(f"{edit}/add/poll", data=typed | {"f.answers": "Ja\nja"}).status_code == 422
