"""What stops an issue from being sent: told before, and refused by freezing, in the same words."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from mailer.errors import RefusedError
from mailer.issues.models import Issue
from mailer.issues.preview import preview_issue
from mailer.issues.queries import lock_issue
from mailer.issues.snapshot import freeze_issue, freeze_variants
from mailer.issues.stops import MAX_HTML_BYTES, Stop, check_issue
from tests.factories.newsletters import NOON, House, make_house, make_issue

TEXT = f"<p>{'ö' * 6000}</p>"
EVERYBODY = frozenset({"viken"})


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def text(block_id: str, body: str = "<p>Bryggan är ny.</p>", *audience: str) -> dict[str, Any]:
    return {"id": block_id, "type": "text", "data": {"body": body}, "audience": list(audience)}


def long(*audience: str) -> list[dict[str, Any]]:
    """Return blocks that are too much for one mail."""
    return [text(f"long{number}", TEXT, *audience) for number in range(9)]


def freeze(session: Session, house: House, issue: Issue, combinations: Iterable[frozenset[str]]) -> str:
    """Return the words in which freezing is refused; empty when it is not."""
    try:
        with session.begin_nested():
            snapshot = freeze_issue(session, house.newsletter, lock_issue(session, issue.id), now=NOON)
            freeze_variants(session, house.newsletter, issue, snapshot, combinations)
    except RefusedError as error:
        return str(error)
    return ""


def say(stops: list[Stop]) -> str:
    return next((str(RefusedError(stop.msgid, **stop.values)) for stop in stops), "")


@pytest.mark.parametrize(
    ("blocks", "combinations", "words", "at"),
    [
        ([text("a")], [EVERYBODY], "", ""),
        (long(), [EVERYBODY], "kB of HTML", ""),
        ([{"id": "hi", "type": "greeting", "data": {"template": "Hej!"}}], [EVERYBODY], "The issue is empty", ""),
        ([text("a", "<p>A</p>", "annan")], [EVERYBODY, frozenset({"annan"})], "for some of its readers", ""),
        ([text("a"), {"id": "b", "type": "saved", "data": {"saved": "borta"}}], [EVERYBODY], "not there any more", "b"),
        (
            [text("x"), *(text(name, "<p>A</p>", name) for name in "abcde")],
            [frozenset(name) for name in "abcde"],
            "5 different mails",
            "",
        ),
        # Of two mails only that of the readers who see the long block is too large.
        ([text("x"), *long("annan")], [EVERYBODY, frozenset({"annan"})], "kB of HTML", ""),
        ([text("x"), *long("annan")], [EVERYBODY], "", ""),
    ],
)
def test_freezing_refuses_what_was_told_before(
    session: Session,
    house: House,
    blocks: list[dict[str, Any]],
    combinations: list[frozenset[str]],
    words: str,
    at: str,
) -> None:
    issue = make_issue(session, house.newsletter, "2026:2", blocks=blocks)
    stops = check_issue(session, house.newsletter, issue, combinations)
    assert bool(stops) is bool(words)
    assert words in say(stops)
    assert [stop.block for stop in stops] == [at] * len(stops)
    assert freeze(session, house, issue, combinations) == say(stops)


def test_everything_that_stops_an_issue_is_told_at_once(session: Session, house: House) -> None:
    blocks = [*long(), *({"id": name, "type": "saved", "data": {"saved": name}} for name in ("b", "c"))]
    issue = make_issue(session, house.newsletter, "2026:2", blocks=blocks)
    assert [stop.block for stop in check_issue(session, house.newsletter, issue, [EVERYBODY])] == ["b", "c", ""]


def test_the_size_is_the_one_that_the_composer_shows(session: Session, house: House) -> None:
    """The greeting's place for a name is counted as the longest that it may hold, not as our mark for it."""
    hello = {"id": "hi", "type": "greeting", "data": {"template": "Hej {{fornamn|läsare}}!"}}

    def size_with(letters: int) -> tuple[int, list[Stop]]:
        blocks = [hello, *long()[:7], text("b", f"<p>{'o' * letters}</p>")]
        issue = make_issue(session, house.newsletter, "2026:2", blocks=blocks)
        shown = preview_issue(session, house.newsletter, issue)
        size = len(shown.html.encode()) + shown.longer_bytes
        return size, check_issue(session, house.newsletter, issue, [EVERYBODY])

    rest = MAX_HTML_BYTES - size_with(10)[0]
    assert size_with(10 + rest) == (MAX_HTML_BYTES, [])
    size, stops = size_with(11 + rest)
    assert size == MAX_HTML_BYTES + 1
    assert "103 kB" in say(stops)
