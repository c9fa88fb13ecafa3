"""How long things are kept: every table has a rule or a reason, and a jump of the clock deletes just what is due."""

from datetime import timedelta

from sqlalchemy import Engine, select

from mailer.config import get_settings
from mailer.db import transaction
from mailer.deliveries.models import Delivery
from mailer.deliveries.reader_links import leave_by_link, open_reader_link
from mailer.deliveries.start import plan_dispatch
from mailer.models import Base
from mailer.notices.ask import ask_for_notice
from mailer.notices.models import SENT, Notice
from mailer.retention import KEPT, forget_batch, iter_tables, list_rules
from mailer.subscribers.models import JoinRequest
from mailer.subscribers.requests import Typed, ask
from mailer.tokens import sign
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers


def test_every_table_has_a_period_or_a_reason() -> None:
    weeded = set(iter_tables(get_settings()))
    assert not weeded & KEPT.keys()
    assert weeded | KEPT.keys() == set(Base.metadata.tables)


def test_a_jump_of_the_clock_deletes_what_is_due_and_nothing_else(engine: Engine) -> None:
    with transaction() as session:
        house = make_house(session)
        for days in (0, 5, 8):
            then = NOON - timedelta(days=days)
            ask(
                session, house.newsletter, Typed("a@example.org", (house.mailing_list.id,), "sv", "v", "test"), now=then
            )
        for days in (1, 40):
            values = {"subscriber": 1, "generation": 0}
            then = NOON - timedelta(days=days)
            notice = ask_for_notice(session, house.newsletter, "manage_link", "a@example.org", "sv", values, now=then)
            notice.state = SENT
    with transaction() as session:
        gone = {rule.name: forget_batch(session, rule, NOON) for rule in list_rules(get_settings())}
    assert {name: count for name, count in gone.items() if count} == {"unconfirmed": 1, "notices": 1}
    with transaction() as session:
        assert len(session.scalars(select(JoinRequest)).all()) == 2
        assert len(session.scalars(select(Notice)).all()) == 1


def test_who_got_what_is_forgotten_after_a_year_and_leaving_still_works(engine: Engine) -> None:
    with transaction() as session:
        house = make_house(session)
        readers = make_readers(session, house.mailing_list, 3)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        token = sign("leave", readers[0].id, dispatch.id, 0)
        dispatch.finished_at = NOON
    rule = next(one for one in list_rules(get_settings()) if one.name == "who got what")
    with transaction() as session:
        assert forget_batch(session, rule, NOON + timedelta(days=364)) == 0
        assert forget_batch(session, rule, NOON + timedelta(days=366)) == 3
        assert forget_batch(session, rule, NOON + timedelta(days=366)) == 0
    with transaction() as session:
        assert set(session.scalars(select(Delivery.subscriber_id))) == {0}
        link = open_reader_link(session, "leave", token)
        assert leave_by_link(session, link, now=NOON, source="test") == [house.mailing_list.id]
