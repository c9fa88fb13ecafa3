"""What polls bring, and who may know: sums on the web, names for editors only where readers knew, nothing for ever.

Alice owns, Viktor may only look, Charlie is from elsewhere.
"""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.config import get_settings
from mailer.polls.forgetting import erase_votes, list_own_answers
from mailer.polls.models import VoteSum
from mailer.retention import forget_batch, list_rules
from mailer.subscribers.models import Subscriber
from mailer.tokens import minutes_of, sign
from tests.web.conftest import SignIn
from tests.web.polling import ISSUE, SAME, Poll, send_poll, votes
from tests.web.world import World


@pytest.fixture
def poll(engine: Engine, world: World) -> Poll:
    return send_poll(engine, world, clock.now() + timedelta(days=5))


@pytest.fixture
def named(engine: Engine, world: World) -> Poll:
    return send_poll(engine, world, clock.now() + timedelta(days=5), anonymous=False)


def test_an_anonymous_vote_leads_to_nobody(stranger: TestClient, alice: TestClient, poll: Poll) -> None:
    stranger.post(poll.path(1), headers=SAME)
    [vote] = votes()
    assert vote.subscriber_id is None
    assert vote.closes_at > clock.now()
    page = alice.get(ISSUE).text
    assert "Svar på frågor" in page
    assert "anna@example.org" not in page


def test_where_names_are_told_the_reader_knows_and_editors_see_them(
    stranger: TestClient, alice: TestClient, sign_in: SignIn, named: Poll
) -> None:
    assert "Redaktionen ser vad a•••@example.org har svarat." in stranger.get(f"{named.path()}?lang=sv").text
    stranger.post(named.path(2), headers=SAME)
    assert "anna@example.org" in alice.get(ISSUE).text
    looking = sign_in("viktor@example.org").get(ISSUE).text
    assert "Svar på frågor" in looking
    assert "anna@example.org" not in looking
    assert sign_in("charlie@example.org").get(ISSUE).status_code == 404


def test_the_web_page_shows_results_and_neither_links_nor_people(stranger: TestClient, named: Poll) -> None:
    before = stranger.get("/n/natverksbrevet/2017-1").text
    assert '<li data-answer="1">Ja</li>' in before
    stranger.post(named.path(1), headers=SAME)
    stranger.post(named.path(1, reader=1), headers=SAME)
    stranger.post(named.path(3, reader=2), headers=SAME)
    page = stranger.get("/n/natverksbrevet/2017-1?fresh").text
    assert '<li data-answer="1">Ja: 2 (67\u00a0%)</li>' in page
    assert "<p>3 svar</p>" in page
    assert "/svar/" not in page
    assert "anna@" not in page


def test_own_data_holds_ones_answers_and_erasing_takes_them(
    stranger: TestClient, engine: Engine, world: World, poll: Poll
) -> None:
    stranger.post(poll.path(3), headers=SAME)
    stranger.post(poll.path(1, reader=1), headers=SAME)
    own = f"/min/{sign('own', world.readers[0].id, 0, minutes_of(clock.now()))}"
    told = json.loads(stranger.get(f"{own}/data.json").text)["polls"]
    assert told == [{"issue": "Nätverksbrevet 2017:1", "question": "Kommer du?", "answer": "Nej", "anonymous": True}]
    assert "Kommer du?" in stranger.get(f"{own}/data.csv").text
    assert stranger.post(f"{own}/erase", headers=SAME).status_code == 200
    assert [vote.answer for vote in votes()] == [1]
    assert stranger.get(poll.path()).status_code == 404


def test_erasing_takes_named_answers_too(stranger: TestClient, engine: Engine, world: World, named: Poll) -> None:
    stranger.post(named.path(2), headers=SAME)
    with db.transaction(engine) as session:
        anna = session.get_one(Subscriber, world.readers[0].id)
        assert len(list_own_answers(session, anna)) == 1
        erase_votes(session, anna)
        assert list_own_answers(session, anna) == []
    assert votes() == []


@pytest.mark.parametrize(
    ("is_anonymous", "rule", "days"), [(True, "anonymous answers", 7), (False, "who answered what", 365)]
)
def test_in_time_only_sums_are_kept_and_nothing_is_lost_of_them(
    stranger: TestClient, engine: Engine, world: World, is_anonymous: bool, rule: str, days: int
) -> None:
    poll = send_poll(engine, world, clock.now() + timedelta(days=5), anonymous=is_anonymous)
    for reader, answer in enumerate((1, 1, 3)):
        stranger.post(poll.path(answer, reader), headers=SAME)
    page = stranger.get("/n/natverksbrevet/2017-1").text
    closes_at = votes()[0].closes_at
    found = next(one for one in list_rules(get_settings()) if one.name == rule)
    with db.transaction(engine) as session:
        assert forget_batch(session, found, closes_at + timedelta(days=days)) == 0
        assert forget_batch(session, found, closes_at + timedelta(days=days, seconds=1)) == 3
        assert forget_batch(session, found, closes_at + timedelta(days=days, seconds=1)) == 0
    assert votes() == []
    with db.reading() as session:
        assert {(one.answer, one.count) for one in session.scalars(select(VoteSum))} == {(1, 2), (3, 1)}
    assert "Ja: 2 (67" in page
    assert "Ja: 2 (67" in stranger.get("/n/natverksbrevet/2017-1?fresh").text
