"""Starting an issue: its number, what it takes over from the last one, and somebody else who starts it just now."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mailer.blocks.kinds.saved import Saved
from mailer.db import transaction
from mailer.errors import InvalidError, RefusedError
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.editing import add_block
from mailer.issues.models import SENT
from mailer.issues.saved import get_saved
from mailer.issues.saving import delete_saved, save_block
from mailer.issues.starting import propose_number, start_issue
from tests.at_once import at_once
from tests.factories.newsletters import NOON, House, make_house, make_issue

BY: dict[str, Any] = {"actor": "test", "now": NOON}


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def test_the_next_number_is_proposed_and_each_year_begins_anew(session: Session, house: House) -> None:
    make_issue(session, house.newsletter, "2026:7")
    assert propose_number(session, house.newsletter, now=NOON) == "2026:8"
    assert propose_number(session, house.newsletter, now=NOON + timedelta(days=400)) == "2027:1"


def test_the_next_issue_keeps_what_repeats_and_meetings_to_come(session: Session, house: House) -> None:
    blocks = [
        {"id": "hej", "type": "greeting", "data": {"template": "Hej {{fornamn|läsare}}!"}},
        {"id": "nytt", "type": "news", "data": {"heading": "Nytt", "ingress": "<p>Bryggan.</p>"}},
        {"id": "var", "type": "event", "data": {"heading": "Var", "start": "2026-01-01T12:00+01:00", "place": "Viken"}},
        {
            "id": "blir",
            "type": "event",
            "data": {"heading": "Blir", "start": "2026-05-01T12:00+02:00", "place": "Viken"},
        },
        {
            "id": "kanske",
            "type": "event",
            "data": {"heading": "Kanske", "tentative": "Datum fastställs inom kort", "place": "Viken"},
        },
        {
            "id": "pagar",
            "type": "event",
            "data": {
                "heading": "Pågår",
                "start": "2026-02-01T12:00+01:00",
                "end": "2026-04-01T12:00+02:00",
                "place": "V",
            },
        },
        {
            "id": "moten",
            "type": "dates",
            "data": {"heading": "Möten", "rows": [{"date": "2026-01-05"}, {"date": "2026-06-05"}]},
        },
        {"id": "folk", "type": "contacts", "data": {"heading": "Kontakt", "rows": [{"name_or_group": "Anna"}]}},
    ]
    make_issue(session, house.newsletter, "2026:2", blocks=blocks)
    issue = start_issue(session, house.newsletter, "2026:3", from_last=True, **BY)
    document = dump_document(load_document(session, issue))
    assert [block["id"] for block in document["blocks"]] == ["hej", "blir", "kanske", "pagar", "moten", "folk"]
    assert [row["date"] for row in document["blocks"][4]["data"]["rows"]] == ["2026-06-05"]
    assert document["subject"] == "Nyhetsbrev 2026:3"
    assert load_document(session, start_issue(session, house.newsletter, "2026:4", from_last=False, **BY)).blocks == ()
    with pytest.raises(RefusedError):
        start_issue(session, house.newsletter, "2026:3", from_last=False, **BY)


def test_the_next_issue_leaves_out_shared_blocks_that_are_deleted(session: Session, house: House) -> None:
    for number, name in ((2, "Finns"), (3, "Borta")):
        issue = make_issue(session, house.newsletter, f"2026:{number}")
        save_block(session, issue, "pier", name, is_shared=True, **BY)
        if number == 3:
            add_block(session, issue, "saved", {"saved": "finns"}, "pier", **BY)
    issue.state = SENT
    delete_saved(session, house.newsletter, get_saved(session, house.newsletter.id, "borta"), **BY)
    blocks = load_document(session, start_issue(session, house.newsletter, "2026:4", from_last=True, **BY)).blocks
    assert [block.data.saved for block in blocks if isinstance(block.data, Saved)] == ["finns"]


@pytest.mark.parametrize(
    ("number", "is_asked"), [("2025:9", False), ("2027:1", False), ("2024:9", True), ("2028:1", True), ("9999:1", True)]
)
def test_a_year_far_away_is_asked_about_once(session: Session, house: House, number: str, is_asked: bool) -> None:
    if is_asked:
        with pytest.raises(InvalidError) as refused:
            start_issue(session, house.newsletter, number, **BY)
        assert [problem.field for problem in refused.value.problems] == ["is_year_right"]
    assert start_issue(session, house.newsletter, number, is_year_right=is_asked, **BY).number == number


def test_an_issue_that_is_begun_twice_at_the_same_moment_is_there_once(engine: Engine) -> None:
    with transaction(engine) as session:
        newsletter = make_house(session).newsletter

    def begin() -> str:
        try:
            with transaction(engine) as session:
                return start_issue(session, newsletter, "2026:2", **BY).number
        except RefusedError as error:
            return str(error)

    assert at_once(begin) == {"2026:2", "There is an issue 2026:2 already."}
