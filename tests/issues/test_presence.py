"""Presence: who else is in a draft, as long as their page says so."""

from datetime import timedelta

from sqlalchemy.orm import Session

from mailer.accounts.queries import create_user
from mailer.issues.presence import GONE_AFTER, Present, forget_presences, note_presence
from tests.factories.newsletters import NOON, make_house


def test_others_are_told_where_one_is_until_the_page_is_silent(session: Session) -> None:
    issue = make_house(session).issue
    alice = create_user(session, "alice@example.org", name="Alice", now=NOON)
    bob = create_user(session, "bob@example.org", now=NOON)
    assert note_presence(session, issue, alice, "t1", "hello", NOON) == []
    assert note_presence(session, issue, alice, "t2", "", NOON) == []
    assert note_presence(session, issue, bob, "t3", "", NOON) == [Present("Alice", "hello"), Present("Alice", "")]
    assert note_presence(session, issue, alice, "t1", "pier", NOON) == [Present("bob@example.org", "")]
    later = NOON + GONE_AFTER + timedelta(seconds=1)
    assert note_presence(session, issue, bob, "t3", "", later) == []
    assert forget_presences(session, later) == 0
    assert forget_presences(session, later + timedelta(seconds=1)) == 1
