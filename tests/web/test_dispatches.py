"""A dispatch on its page: pausing, cancelling in two steps, how many got it, and why the others did not."""

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.deliveries.models import Batch, Delivery, DeliveryNote, Dispatch
from mailer.deliveries.states import State
from mailer.deliveries.writing import close_batch
from mailer.relays.changes import add_relay
from mailer.relays.queries import key_of
from mailer.relays.quotas import Quota, reserve
from tests.web.conftest import SignIn
from tests.web.world import NOW, World

PAGE = "/app/foreningen/dispatches/1"


def test_a_dispatch_is_paused_resumed_and_cancelled(alice: TestClient) -> None:
    for act, words in (("pause", "Pausad"), ("resume", "Skickas"), ("cancel", "Avbrutet")):
        assert alice.post(f"{PAGE}/{act}").headers["location"] == PAGE
        assert words in alice.get(PAGE).text
    assert "hx-get" not in alice.get(f"{PAGE}/progress").text
    assert alice.post(f"{PAGE}/pause").status_code == 422


@pytest.mark.parametrize("act", ["pause", "resume", "cancel"])
def test_what_was_done_in_another_tab_leads_to_the_dispatch(alice: TestClient, act: str) -> None:
    for _ in range(2):
        assert alice.post(f"{PAGE}/{act}").headers["location"] == PAGE


def test_cancelling_asks_first_and_says_afterwards_how_many_went_without(alice: TestClient) -> None:
    assert f'{PAGE}/cancel"><button' not in alice.get(PAGE).text
    assert f'href="{PAGE}/cancel"' in alice.get(PAGE).text
    question = alice.get(f"{PAGE}/cancel").text
    assert "3 personer har inte fått mejlet och kommer inte att få det." in question
    assert f'<form method="post" action="{PAGE}/cancel">' in question
    assert "Skickas" in alice.get(PAGE).text
    alice.post(f"{PAGE}/cancel")
    assert "3 personer fick inte mejlet." in alice.get(PAGE).text
    assert alice.get(f"{PAGE}/cancel").headers["location"] == PAGE


def test_a_quota_that_is_used_up_tells_when_it_goes_on(alice: TestClient, world: World) -> None:
    assert "Resten väntar till" not in alice.get(PAGE).text
    now = clock.now()
    with db.transaction() as session:
        relay = add_relay(session, world.workspace_id, "one", "smtp://one.example.org?per_day=10", now=now)
        reserve(session, Quota(key_of(relay), per_day=10), 10, now=now)
    page = alice.get(f"{PAGE}/progress").text
    assert "Resten väntar till" in page
    assert "Till dess tar mejlservern inte emot fler mejl från oss." in page
    alice.post(f"{PAGE}/pause")
    assert "Resten väntar till" not in alice.get(PAGE).text


def test_who_may_only_look_is_not_asked(sign_in: SignIn) -> None:
    viktor = sign_in("viktor@example.org")
    assert viktor.get(f"{PAGE}/cancel").status_code == 403
    assert "/cancel" not in viktor.get(PAGE).text


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_dispatch_and_home_count_what_was_sent_and_nothing_else(engine: Engine, alice: TestClient, act: str) -> None:
    with db.transaction(engine) as session:
        first = Delivery.dispatch_id == 1, Delivery.sequence == 1
        session.execute(update(Delivery).where(*first).values(state=State.SENT))
        session.execute(update(Batch).where(Batch.dispatch_id == 1).values(sent=1, planned=2))
    alice.post(f"{PAGE}/{act}")
    assert "1 av 3 skickade" in alice.get(PAGE).text
    assert '<progress max="3" value="1"' in alice.get(PAGE).text
    assert "1 av 3 skickade" in alice.get("/app/foreningen").text


def test_a_parked_mail_has_our_reference_and_no_words_of_a_relay(engine: Engine, alice: TestClient) -> None:
    with db.transaction(engine) as session:
        first = Delivery.dispatch_id == 1, Delivery.sequence == 1
        session.execute(update(Delivery).where(*first).values(state=State.HELD, reason="cannot_be_made"))
        close_batch(session, 1, 1, NOW, give_back=False)
        session.add(DeliveryNote(dispatch_id=1, sequence=1, at=NOW, text="reference k7qx"))
    page = alice.get(PAGE).text
    assert "vår beteckning i loggen: k7qx" in page
    assert "Vad mejlservern svarade" not in page
    assert "<caption>" not in page


def test_a_dispatch_is_found_however_many_came_after_it(engine: Engine, alice: TestClient) -> None:
    with db.transaction(engine) as session:
        first = session.get_one(Dispatch, 1)
        copied = {column.name: getattr(first, column.name) for column in Dispatch.__table__.columns}
        session.add_all(Dispatch(**copied | {"id": 100 + number}) for number in range(25))
    page = alice.get(PAGE)
    assert (page.status_code, "Nyhetsbrevet" in page.text) == (200, True)


def test_who_was_left_out_is_listed_with_the_reason(alice: TestClient) -> None:
    alice.post(f"{PAGE}/cancel")
    page = alice.get(PAGE).text
    assert "anna@example.org" in page
    assert "utskicket avbröts" in page
