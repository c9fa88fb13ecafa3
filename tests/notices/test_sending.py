"""Sending notices: each goes out, is tried again, or fails; nothing of it is kept afterwards."""

from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mailer import clock
from mailer.db import transaction
from mailer.deliveries.personalise import Mail
from mailer.notices.ask import ask_for_notice, count_notices
from mailer.notices.models import FAILED, SENT, WAITING, Notice
from mailer.notices.queue import LEASE, claim_notices, note_sent
from mailer.relays.terms import RelayOption
from tests.factories.newsletters import House, make_house
from worker.engine.outcome import Answer, Stage
from worker.notices import Deliver, send_due_notices

TAKEN, LATER = Answer(Stage.DOT, 250), Answer(Stage.RCPT, 450, "4.2.0 later")
REFUSED, NO_RELAY = Answer(Stage.RCPT, 550, "5.1.1 no such user"), Answer(Stage.CONNECT, 0)


def ask(session: Session, house: House, address: str = "anna@example.org") -> Notice:
    values = {"subscriber": 7, "generation": 0}
    return ask_for_notice(session, house.newsletter, "manage_link", address, "sv", values, now=clock.now())


def answering(answer: Answer, seen: list[Mail]) -> Deliver:
    def deliver(_relays: tuple[RelayOption, ...], mail: Mail) -> Answer:
        seen.append(mail)
        return answer

    return deliver


def one_notice() -> Notice:
    with transaction() as session:
        return session.scalars(select(Notice)).one()


def send(answer: Answer) -> tuple[Notice, list[Mail]]:
    seen: list[Mail] = []
    send_due_notices(answering(answer, seen))
    return one_notice(), seen


def test_a_notice_that_was_taken_leaves_no_address_behind(engine: Engine) -> None:
    with transaction() as session:
        ask(session, make_house(session))
    notice, seen = send(TAKEN)
    assert (notice.state, notice.address, notice.values) == (SENT, "", {})
    assert seen[0].recipient == "anna@example.org"
    assert seen[0].return_path.startswith("notice+")
    assert send(TAKEN)[1] == []


def test_a_relay_that_says_later_gets_it_again(engine: Engine) -> None:
    with transaction() as session:
        ask(session, make_house(session))
    for answer in (LATER, NO_RELAY):
        notice, _ = send(answer)
        assert notice.state == WAITING
        assert timedelta(0) < notice.due_at - clock.now() < timedelta(minutes=2)
        assert notice.address == "anna@example.org"


def test_a_dead_address_fails_at_once(engine: Engine) -> None:
    with transaction() as session:
        ask(session, make_house(session))
    notice, _ = send(REFUSED)
    assert (notice.state, notice.reason, notice.address) == (FAILED, "no_such_address", "")


def test_what_is_too_late_to_be_of_use_is_not_sent(session: Session) -> None:
    notice = ask(session, make_house(session))
    later = clock.now() + timedelta(hours=13)
    assert claim_notices(session, later) == []
    session.refresh(notice)
    assert (notice.state, notice.reason) == (FAILED, "too_late")


def test_a_claim_is_one_worker_s_until_its_lease_is_over(session: Session) -> None:
    ask(session, make_house(session))
    now = clock.now()
    first = claim_notices(session, now)[0]
    session.expunge(first)
    assert claim_notices(session, now + LEASE / 2) == []
    second = claim_notices(session, now + LEASE * 2)[0]
    note_sent(session, first, now)  # the late worker's word does not count
    session.refresh(second)
    assert second.state == WAITING


def test_a_mailbox_is_counted_in_every_spelling(session: Session) -> None:
    house = make_house(session)
    notice = ask(session, house)
    ask(session, house, "ANNA@Example.org")
    assert notice.address_hash
    since = clock.now() - timedelta(days=1)
    assert count_notices(session, house.workspace.id, notice.address_hash, ["manage_link"], since=since) == 2
    assert count_notices(session, house.workspace.id, notice.address_hash, ["other"], since=since) == 0
