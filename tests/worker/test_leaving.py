"""Leaving in the middle of a dispatch: no mail after it, however the relay dawdles (cases C5 and C11)."""

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select

from mailer import clock
from mailer.db import transaction
from mailer.deliveries.models import Delivery
from mailer.deliveries.reader_links import leave_by_link, open_reader_link
from mailer.tokens import sign
from tests.conftest import forget_settings
from tests.factories.newsletters import House
from tests.lab.offer import Offer
from tests.lab.script import Script
from tests.lab.sink import SmtpServer
from tests.worker.conftest import plan, progress
from worker.engine.process import Engine

Serve = Callable[[Script], SmtpServer]


def test_c5_who_leaves_while_it_is_being_sent_gets_nothing_more(
    house: House, sending_engine: Engine, serve: Serve
) -> None:
    left = threading.Event()

    def slow(_to: str) -> str | None:
        time.sleep(0.02)
        return None

    server = serve({"rcpt": slow})
    dispatch_id = plan(house, 300)

    def leave() -> None:
        time.sleep(0.6)
        with transaction() as session:
            last = session.scalars(select(Delivery).order_by(Delivery.sequence.desc())).first()
            assert last
            link = open_reader_link(session, "leave", sign("leave", last.subscriber_id, dispatch_id, 0))
            leave_by_link(session, link, now=clock.now(), source="test")
        left.set()

    leaver = threading.Thread(target=leave)
    leaver.start()
    sending_engine.help_with(dispatch_id, 30)
    leaver.join()
    assert left.is_set()
    assert progress(dispatch_id).reasons == {"skipped": {"left": 1}}
    assert "reader300@example.org" not in {mail.recipient for mail in server.mails}


@pytest.mark.parametrize("pipelining", [True, False])
def test_c5_who_leaves_while_the_answer_before_theirs_is_long_in_coming_gets_nothing(
    house: House, sending_engine: Engine, monkeypatch: pytest.MonkeyPatch, pipelining: bool
) -> None:
    taken = threading.Event()

    def wait(_recipient: str) -> str | None:
        if taken.is_set():
            return None
        taken.set()
        return "wait=4"

    with SmtpServer({"dot": wait}, offer=Offer(pipelining=pipelining)) as server:
        monkeypatch.setenv("MAILER_SMTP_URL", server.url)
        monkeypatch.setenv("MAILER_SMTP_CONNECTIONS", "1")
        forget_settings()
        engine = Engine()
        dispatch_id = plan(house, 2)

        def leave() -> None:
            taken.wait(10)
            with transaction() as session:
                second = session.get_one(Delivery, (dispatch_id, 2))
                link = open_reader_link(session, "leave", sign("leave", second.subscriber_id, dispatch_id, 0))
                leave_by_link(session, link, now=clock.now(), source="test")

        leaver = threading.Thread(target=leave)
        leaver.start()
        engine.help_with(dispatch_id, 15)
        leaver.join()
        engine.close()
        assert [mail.recipient for mail in server.mails] == ["reader1@example.org"]
    assert progress(dispatch_id).deliveries["skipped"] == 1
