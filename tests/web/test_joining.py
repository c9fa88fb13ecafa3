"""Joining over HTTP, and what the worker makes of it (trust cases B6, B10, B11, D1 to D15)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.newsletters.join_form import JoinField, JoinForm
from mailer.notices.queue import claim_notices, note_sent
from mailer.subscribers.models import Consent, ConsentText, JoinRequest, Subscriber, Subscription
from mailer.subscribers.queries import find_by_address
from mailer.subscribers.requests import forget_unconfirmed
from mailer.tokens import minutes_of, sign
from tests.web.conftest import BASE
from tests.web.joining import FORM, NEW, ask_and_get_link, notices, post, states
from tests.web.world import World

ReadState = Callable[[], dict[str, list[Any]]]


def test_two_clicks_join_and_the_consent_is_kept_with_its_words(stranger: TestClient, world: World) -> None:
    page = stranger.get(FORM)
    assert page.status_code == 200
    link = ask_and_get_link(stranger, name="Dora")
    assert states(NEW, world.workspace_id) == {world.lists[0].id: "pending"}
    assert "Bekräfta din prenumeration" in stranger.get(link).text
    answer = stranger.post(link, data={"say": "yes"}, headers={"origin": BASE})
    assert "Nyhetsbrevet" in stranger.get(answer.headers["location"]).text
    assert states(NEW, world.workspace_id) == {world.lists[0].id: "active"}
    with db.reading() as session:
        consent = session.scalars(select(Consent).order_by(Consent.id.desc()).limit(1)).one()
        kept = session.get_one(ConsentText, (world.workspace_id, consent.text_version))
        assert "få Nyhetsbrevet från Föreningen Exempel" in kept.text
        assert session.scalars(select(Subscriber.name).where(Subscriber.address == NEW)).one() == "Dora"
    assert len(notices("welcome")) == 1


def test_opening_the_link_changes_nothing(stranger: TestClient, world: World, database_state: ReadState) -> None:
    link = ask_and_get_link(stranger)
    before = database_state()
    for method in ("GET", "HEAD", "OPTIONS") * 5:
        stranger.request(method, link)
    assert database_state() == before


def test_it_was_not_me_takes_everything_back(stranger: TestClient, world: World) -> None:
    link = ask_and_get_link(stranger, name="Dora")
    stranger.post(link, data={"say": "no"}, headers={"origin": BASE})
    assert "Vi har tagit bort adressen" in stranger.get(link).text
    with db.reading() as session:
        assert find_by_address(session, world.workspace_id, NEW) is None
        assert NEW not in [one.address for one in session.scalars(select(JoinRequest))]


def test_b6_guessed_links_open_nothing(stranger: TestClient, world: World) -> None:
    ask_and_get_link(stranger)
    for number in range(200):
        assert stranger.get(f"/c/{number}").status_code == 404
        assert stranger.get(f"/c/{sign('leave', number, 1, 1)}").status_code == 404


def test_b10_confirming_again_and_again_is_one_consent(stranger: TestClient, world: World) -> None:
    link = ask_and_get_link(stranger)
    for _ in range(20):
        assert stranger.post(link, data={"say": "yes"}, headers={"origin": BASE}).status_code in {200, 303}
    with db.reading() as session:
        found = find_by_address(session, world.workspace_id, NEW)
        assert found
        assert len(session.scalars(select(Consent).where(Consent.subscriber_id == found.id)).all()) == 1
    assert "Du prenumererar redan" in stranger.get(link).text


def test_b11_an_old_link_does_not_bring_back_who_left_since(stranger: TestClient, world: World) -> None:
    link = ask_and_get_link(stranger)
    stranger.post(link, data={"say": "yes"}, headers={"origin": BASE})
    with db.transaction() as session:
        session.execute(
            update(Subscription)
            .where(Subscription.list_id == world.lists[0].id)
            .values(state="ended", ended_reason="left", ended_at=clock.now())
        )
    assert "Du har avslutat sedan du frågade" in stranger.get(link).text
    stranger.post(link, data={"say": "yes"}, headers={"origin": BASE})
    assert states(NEW, world.workspace_id) == {world.lists[0].id: "ended"}
    assert stranger.post(link, data={"say": "again"}, headers={"origin": BASE}).status_code == 303


def test_b11_an_expired_link_offers_a_new_one(stranger: TestClient, world: World) -> None:
    ask_and_get_link(stranger)
    with db.transaction() as session:
        request = session.scalars(select(JoinRequest)).one()
    old = sign("confirm", request.id, world.newsletter.id, minutes_of(clock.now() - timedelta(days=8)))
    assert "Länken har gått ut" in stranger.get(f"/c/{old}").text
    stranger.post(f"/c/{old}", data={"say": "yes"}, headers={"origin": BASE})
    assert states(NEW, world.workspace_id) == {world.lists[0].id: "pending"}


def test_unconfirmed_people_are_forgotten_after_a_week(stranger: TestClient, world: World) -> None:
    ask_and_get_link(stranger)
    with db.transaction() as session:
        assert forget_unconfirmed(session, clock.now() - timedelta(days=7)) == 0
        assert forget_unconfirmed(session, clock.now() + timedelta(seconds=1)) == 1
        assert find_by_address(session, world.workspace_id, NEW) is None


def test_the_editor_s_own_questions_are_asked_checked_and_kept(stranger: TestClient, world: World) -> None:
    fields = (
        JoinField(key="kommun", kind="choice", label_sv="Kommun", choices=("Viken", "Ån"), is_required=True),
        JoinField(key="styrelse", kind="yes", label_sv="Sitter i styrelsen"),
    )
    with db.transaction() as session:
        session.merge(world.newsletter).join_form = JoinForm(fields=fields).model_dump(mode="json")
    assert "Sitter i styrelsen" in stranger.get(FORM).text
    assert post(stranger).status_code == 422
    assert post(stranger, **{"a.kommun": "Annan"}).status_code == 422
    link = ask_and_get_link(stranger, **{"a.kommun": "Ån", "a.styrelse": "yes", "a.role": "owner"})
    stranger.post(link, data={"say": "yes"}, headers={"origin": BASE})
    with db.reading() as session:
        found = find_by_address(session, world.workspace_id, NEW)
        assert found
        assert found.attributes == {"kommun": "Ån", "styrelse": "yes"}


@pytest.mark.parametrize("key", ["email", "role", "__proto__", "Stor", "id"])
def test_i5_a_question_cannot_take_a_name_that_means_something_else(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        JoinField(key=key, label_sv="Fråga")


def test_pages_are_small_and_speak_both_languages(stranger: TestClient, world: World) -> None:
    for path in (FORM, f"{FORM}/sent", f"{FORM}/embed", "/min", "/min?newsletter=natverksbrevet"):
        swedish, english = stranger.get(path), stranger.get(path, params={"lang": "en"})
        assert len(swedish.content) < 30_000
        assert 'lang="sv"' in swedish.text
        assert 'lang="en"' in english.text
        assert "set-cookie" not in swedish.headers


def test_what_was_sent_leaves_no_address_in_the_queue(stranger: TestClient, world: World) -> None:
    ask_and_get_link(stranger)
    with db.transaction() as session:
        for notice in claim_notices(session, clock.now()):
            note_sent(session, notice, clock.now())
    assert [one.address for one in notices()] == [""]
