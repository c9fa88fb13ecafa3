"""Presence: who else is in a draft, as long as their page says so."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mailer.accounts.queries import create_user
from mailer.db import transaction
from mailer.errors import NotFoundError
from mailer.issues.deleting import delete_draft
from mailer.issues.editing import lock_draft
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


def test_a_page_that_speaks_while_its_draft_is_deleted_finds_it_gone(engine: Engine) -> None:
    with transaction(engine) as session:
        issue = make_house(session).issue
        alice = create_user(session, "alice@example.org", name="Alice", now=NOON)
        note_presence(session, issue, alice, "t1", "", NOON)
    later = NOON + GONE_AFTER + timedelta(seconds=1)  # when it takes away what it said before

    def speak() -> None:
        with transaction(engine) as session:
            note_presence(session, issue, alice, "t2", "", later)

    with ThreadPoolExecutor(1) as threads:
        with transaction(engine) as session:
            lock_draft(session, issue.id)
            spoken = threads.submit(speak)
            time.sleep(0.5)  # until it waits for us
            delete_draft(session, issue, actor="test", now=later)
        with pytest.raises(NotFoundError):
            spoken.result()
