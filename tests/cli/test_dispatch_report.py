"""`mailer dispatch show` tells where the time goes, and whether anybody is there to do the work."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from mailer import clock
from mailer.__main__ import app
from mailer.cli.dispatch_report import describe_workers
from mailer.db import reading, transaction
from mailer.deliveries.claim import LEASE_SECONDS, claim_batch
from mailer.deliveries.gauges import Helpers, count_helpers
from mailer.deliveries.models import DISPATCH_STATES, SENDING, Dispatch
from mailer.deliveries.start import plan_dispatch
from mailer.deliveries.times import add_times
from mailer.migrations import upgrade
from mailer.models import Base
from mailer.relays.changes import add_relay
from mailer.relays.queries import key_of
from mailer.relays.quotas import Quota, reserve
from tests.factories.newsletters import make_house
from tests.factories.subscribers import make_readers

SPENT = {"wait": (92.0, 511), "compose": (4.0, 500), "record": (4.0, 20), "connect": (0.0, 10), "slice": (20.0, 2)}


@pytest.fixture
def dispatch_id(engine: Engine) -> int:
    Base.metadata.drop_all(engine)
    upgrade()
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 3)
        return plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=clock.now()).id


def show(dispatch_id: int, *options: str) -> str:
    result = CliRunner().invoke(app, ["dispatch", "show", str(dispatch_id), *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_before_anybody_worked_on_it_only_that_is_told(dispatch_id: int) -> None:
    said = show(dispatch_id)
    assert "The broker does not answer" in said
    assert "stage" not in said


def test_the_table_and_the_sentence(dispatch_id: int) -> None:
    with transaction() as session:
        add_times(session, dispatch_id, SPENT)
    said = show(dispatch_id)
    assert ["wait", "92.0", "92%", "511", "184,000"] in [line.split() for line in said.splitlines()]
    assert (
        "500 mails made · 10 connections · 511 round trips · 2 slices of 20.0 s in all · 25.0 mails/s and worker"
        in said
    )
    assert "The relay takes 92 % of the time: it answers after 180 ms." in said


def test_the_same_as_json(dispatch_id: int) -> None:
    with transaction() as session:
        add_times(session, dispatch_id, SPENT)
    facts = json.loads(show(dispatch_id, "--json"))
    assert facts["dispatch"] == dispatch_id
    assert facts["workers"]["answering"] is None
    assert facts["time"]["round_trips"] == 511
    assert facts["time"]["verdict"].startswith("The relay takes 92 %")
    assert {"stage": "wait", "seconds": 92.0, "share": 0.92, "count": 511, "us_per_mail": 184000.0} in facts["time"][
        "stages"
    ]


def test_a_quota_that_is_used_up_is_named_with_its_end(dispatch_id: int) -> None:
    now = clock.now()
    with transaction() as session:
        workspace_id = session.get_one(Dispatch, dispatch_id).workspace_id
        relay = add_relay(session, workspace_id, "one", "smtp://one.example.org?per_day=10", now=now)
        reserve(session, Quota(key_of(relay), per_day=10), 10, now=now)
    assert "The quota of the relay is used up: the rest waits until " in show(dispatch_id)
    facts = json.loads(show(dispatch_id, "--json"))
    assert (facts["waits_for"], facts["waits_until"][10:]) == ("relay", "T00:00:00+00:00")


def test_helpers_are_those_whose_lease_has_not_run_out(dispatch_id: int) -> None:
    now = clock.now()
    with reading() as session:
        assert count_helpers(session, dispatch_id, now + timedelta(seconds=9)).waits_seconds >= 9
    with transaction() as session:
        claim_batch(session, dispatch_id, "one", now)
    with reading() as session:
        assert count_helpers(session, dispatch_id, now) == Helpers(1, 1, 0.0)
        late = now + timedelta(seconds=LEASE_SECONDS + 1)
        assert count_helpers(session, dispatch_id, late) == Helpers(0, 0, 0.0)


@pytest.mark.parametrize(
    ("helpers", "answering", "words"),
    [
        (Helpers(0, 0, 2.0), 0, "No worker answers. Start one with"),
        (Helpers(2, 1, 0.0), 0, "2 batches are being worked on by 1 process. No worker answers, though."),
        (Helpers(0, 0, 2.0), None, "The broker does not answer"),
        (Helpers(3, 2, 0.0), 2, "2 workers answer; 3 batches are being worked on by 2 processes."),
        (Helpers(0, 0, 90.0), 2, "The next batch has waited 90 s"),
        (Helpers(3, 2, 90.0), 2, "2 workers answer; 3 batches are being worked on by 2 processes."),
    ],
)
def test_whether_anybody_is_there(helpers: Helpers, answering: int | None, words: str) -> None:
    assert words in describe_workers(SENDING, helpers, answering)
    assert not [state for state in DISPATCH_STATES if state != SENDING and describe_workers(state, helpers, answering)]
