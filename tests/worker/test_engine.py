"""A slice of a dispatch against a real SMTP server: who gets a mail, and what the rows say afterwards."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select, text

from mailer import clock
from mailer.db import reading, transaction
from mailer.deliveries import control
from mailer.deliveries.models import Batch, Delivery, DeliveryNote, Dispatch
from mailer.deliveries.reader_links import open_reader_link
from mailer.deliveries.states import State
from mailer.subscribers.models import Subscriber, Suppression
from tests.factories.newsletters import House
from tests.lab.script import CUT, Script
from tests.lab.sink import SmtpServer
from tests.worker.conftest import plan, progress
from worker.engine.process import Engine

Serve = Callable[[Script], SmtpServer]
LEAVE = re.compile(rb"List-Unsubscribe: <http://localhost:8025/u/([^>]+)>")


def test_everybody_gets_one_mail_with_their_own_links(house: House, sending_engine: Engine, serve: Serve) -> None:
    server = serve({})
    dispatch_id = plan(house, 120)
    assert sending_engine.help_with(dispatch_id, 15) is False
    assert Counter(mail.recipient for mail in server.mails) == Counter(f"reader{n}@example.org" for n in range(1, 121))
    assert progress(dispatch_id).state == "finished"
    assert progress(dispatch_id).deliveries["sent"] == 120
    for mail in server.mails:
        token = LEAVE.findall(mail.octets)[0].decode()
        with reading() as session:
            assert open_reader_link(session, "leave", token).subscriber.address == mail.recipient
        plain = message_from_bytes(mail.octets, policy=policy.default).get_body(("plain",))
        assert plain
        assert plain.get_content().count("/u/") == plain.get_content().count(f"/u/{token}") > 0


def test_a_later_answer_is_deferred_and_tried_again_with_the_same_message_id(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"rcpt": lambda _: "450 4.2.0 greylisted"})
    dispatch_id = plan(house, 3)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).deliveries["deferred"] == 3
    assert progress(dispatch_id).state == "sending"
    with transaction() as session:
        for row in session.scalars(select(Delivery)):
            assert row.due_at
            row.due_at = clock.now()
        for batch in session.scalars(select(Batch)):
            batch.due_at = clock.now()
        notes = session.scalars(select(DeliveryNote.text)).all()
    assert set(notes) == {"rcpt: 450 4.2.0 greylisted"}
    server = serve({})
    sending_engine.help_with(dispatch_id, 15)
    assert len(server.mails) == 3
    assert progress(dispatch_id).state == "finished"


def test_an_address_that_does_not_exist_fails_and_is_suppressed_when_the_dispatch_ends(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"rcpt": lambda to: "550 5.1.1 no such user" if to == "reader2@example.org" else None})
    dispatch_id = plan(house, 5)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).deliveries["failed"] == 1
    assert progress(dispatch_id).reasons == {"failed": {"no_such_address": 1}}
    with reading() as session:
        assert len(session.scalars(select(Suppression)).all()) == 1


def test_a_relay_that_refuses_everybody_holds_the_dispatch_and_suppresses_nobody(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"rcpt": lambda _: "550 5.1.1 no such user"})
    dispatch_id = plan(house, 600)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).state == "held"
    assert progress(dispatch_id).hold_reason == "too_many_refused"
    assert progress(dispatch_id).deliveries["failed"] < 300  # a batch is not waited for
    with reading() as session:
        assert session.scalars(select(Suppression)).all() == []


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail"])
def test_a_relay_that_refuses_us_holds_the_dispatch_with_nobody_failed(
    stage: str, house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({stage: lambda _: "554 5.7.1 go away"})
    dispatch_id = plan(house, 30)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).state == "held"
    assert progress(dispatch_id).deliveries["planned"] == 30
    serve({})
    _resume(dispatch_id)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).deliveries["sent"] == 30


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_connection_lost_before_the_dot_is_tried_again_at_once(
    stage: str, house: House, sending_engine: Engine, serve: Serve
) -> None:
    cuts = iter([CUT] * 4)
    server = serve({stage: lambda _: next(cuts, None)})
    dispatch_id = plan(house, 40)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).deliveries["sent"] == 40
    assert len({mail.recipient for mail in server.mails}) == len(server.mails) == 40


def test_a_connection_lost_after_the_dot_is_tried_later_and_marked_as_perhaps_doubled(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"dot": lambda to: CUT if to == "reader1@example.org" else None})
    dispatch_id = plan(house, 10)
    sending_engine.help_with(dispatch_id, 15)
    with reading() as session:
        (row,) = session.scalars(select(Delivery).where(Delivery.state == State.DEFERRED)).all()
        assert row.may_be_doubled
        assert row.reason == "no_answer"


def test_pause_stops_within_two_seconds_and_cancel_leaves_nothing_open(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    def slow(_to: str) -> str | None:
        time.sleep(0.02)
        return None

    serve({"rcpt": slow})
    dispatch_id = plan(house, 400)
    helper = threading.Thread(target=sending_engine.help_with, args=(dispatch_id, 30))
    helper.start()
    time.sleep(1.0)
    with transaction() as session:
        control.pause_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=clock.now())
    helper.join(timeout=2.5)
    assert not helper.is_alive()
    halfway = progress(dispatch_id)
    assert halfway.state == "paused"
    assert 0 < halfway.deliveries["sent"] < 400
    assert halfway.deliveries["claimed"] == 0
    with transaction() as session:
        control.cancel_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=clock.now())
    ended = progress(dispatch_id)
    assert ended.deliveries["planned"] == 0
    assert ended.deliveries["sent"] + ended.deliveries["skipped"] == 400


def test_a_mail_that_cannot_be_made_is_held_and_stops_nobody_else(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    server = serve({})
    dispatch_id = plan(house, 4)
    _rename("reader2@example.org", "r\n@x")  # as a fault of an older version might have left it
    sending_engine.help_with(dispatch_id, 15)
    assert len(server.mails) == 3
    assert progress(dispatch_id).reasons == {"held": {"cannot_be_made": 1}}
    assert (progress(dispatch_id).state, progress(dispatch_id).hold_reason) == ("held", "cannot_be_made")
    _rename("r\n@x", "reader2@example.org")
    _resume(dispatch_id)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).state == "finished"
    assert {mail.recipient for mail in server.mails} == {f"reader{n}@example.org" for n in (1, 2, 3, 4)}


@pytest.mark.parametrize("octets", ["550 5.1.1 anv\udce4ndaren finns inte", "550 5.1.1 a\x00b\x1b[31m"])
def test_words_of_a_relay_that_are_no_text_are_kept_as_text(
    octets: str, house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"rcpt": lambda to: octets if to == "reader1@example.org" else None})
    dispatch_id = plan(house, 5)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).deliveries["failed"] == 1
    with reading() as session:
        assert session.scalars(select(DeliveryNote.text)).one().isprintable()


def test_content_that_is_refused_to_everybody_holds_the_dispatch_with_nobody_failed(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"dot": lambda _: "554 5.7.1 looks like spam"})
    dispatch_id = plan(house, 15)
    sending_engine.help_with(dispatch_id, 15)
    held = progress(dispatch_id)
    assert (held.state, held.hold_reason, held.deliveries["planned"]) == ("held", "content_refused", 15)
    server = serve({"dot": lambda to: "554 5.7.1 not to him" if to == "reader7@example.org" else None})
    _resume(dispatch_id)
    sending_engine.help_with(dispatch_id, 15)
    assert len(server.mails) == 14
    assert progress(dispatch_id).reasons == {"failed": {"content_refused": 1}}


def test_a_dispatch_held_for_many_refusals_goes_on_after_a_person_has_looked(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    serve({"rcpt": lambda _: "550 5.1.1 no such user"})
    dispatch_id = plan(house, 600)
    sending_engine.help_with(dispatch_id, 15)
    refused = progress(dispatch_id).deliveries["failed"]
    assert 0 < refused < 600
    serve({})
    _resume(dispatch_id)
    sending_engine.help_with(dispatch_id, 15)
    assert progress(dispatch_id).state == "finished"
    assert progress(dispatch_id).deliveries["sent"] == 600 - refused


def test_a_database_that_fails_for_a_while_costs_time_and_doubles_nothing(
    house: House, sending_engine: Engine, serve: Serve, engine: Database
) -> None:
    def slow(_to: str) -> None:
        time.sleep(0.02)

    server = serve({"rcpt": slow})
    dispatch_id = plan(house, 200)
    helper = threading.Thread(target=sending_engine.help_with, args=(dispatch_id, 30))
    helper.start()
    time.sleep(0.7)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE deliveries RENAME TO hidden"))
    time.sleep(2.5)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO deliveries"))
    helper.join(30)
    if progress(dispatch_id).state == "sending":
        sending_engine.help_with(dispatch_id, 30)
    assert progress(dispatch_id).state == "finished"
    assert Counter(Counter(mail.recipient for mail in server.mails).values()) == {1: 200}


def _rename(address: str, new: str) -> None:
    with transaction() as session:
        session.scalars(select(Subscriber).where(Subscriber.address == address)).one().address = new


def _resume(dispatch_id: int) -> None:
    with transaction() as session:
        control.resume_dispatch(session, session.get_one(Dispatch, dispatch_id), actor="test", now=clock.now())
