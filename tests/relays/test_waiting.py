"""What mail waits for when quotas are used up, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from mailer.config import get_settings
from mailer.relays.changes import add_relay
from mailer.relays.quotas import Quota, reserve
from mailer.relays.slow_start import key_of_sender, note_sender
from mailer.relays.waiting import Wait, find_wait
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import create_workspace

NOW = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
NEXT_HOUR, NEXT_DAY = datetime(2026, 3, 2, 13, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
SENDER = "brev@example.org"


@pytest.fixture
def workspace(session: Session) -> Workspace:
    return create_workspace(session, "foreningen", "Föreningen", now=NOW)


def add(session: Session, workspace: Workspace, name: str, terms: str) -> str:
    """Add a relay with a quota; return its key."""
    made = add_relay(session, workspace.id, name, f"smtp://{name}.example.org{terms}", now=NOW)
    return f"relay:{made.id}"


def wait(session: Session, workspace: Workspace) -> Wait | None:
    return find_wait(session, workspace.id, SENDER, now=NOW)


def test_nothing_waits_without_a_quota(session: Session, workspace: Workspace) -> None:
    assert wait(session, workspace) is None
    add(session, workspace, "one", "")
    assert wait(session, workspace) is None


def test_a_relay_waits_for_its_hour_or_its_day(session: Session, workspace: Workspace) -> None:
    key = add(session, workspace, "one", "?per_hour=100&per_day=150")
    reserve(session, Quota(key, 100, 150), 99, now=NOW)
    assert wait(session, workspace) is None
    reserve(session, Quota(key, 100, 150), 1, now=NOW)
    assert wait(session, workspace) == Wait(NEXT_HOUR, "relay")
    reserve(session, Quota(key, 200, 150), 50, now=NOW)
    assert wait(session, workspace) == Wait(NEXT_DAY, "relay")
    assert find_wait(session, workspace.id, SENDER, now=NOW + timedelta(days=1)) is None


def test_one_relay_that_goes_on_is_enough_and_else_the_earliest_counts(session: Session, workspace: Workspace) -> None:
    one = add(session, workspace, "one", "?per_day=10")
    other = add(session, workspace, "other", "?per_hour=10")
    reserve(session, Quota(one, per_day=10), 10, now=NOW)
    assert wait(session, workspace) is None
    reserve(session, Quota(other, per_hour=10), 10, now=NOW)
    assert wait(session, workspace) == Wait(NEXT_HOUR, "relay")
    add(session, workspace, "third", "")
    assert wait(session, workspace) is None


def test_a_new_sender_waits_for_tomorrow(
    session: Session, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_SLOW_START_PER_DAY", "50")
    get_settings.cache_clear()
    note_sender(session, "example.org", NOW.date())
    assert wait(session, workspace) is None
    reserve(session, Quota(key_of_sender("example.org"), per_day=50), 50, now=NOW)
    assert wait(session, workspace) == Wait(NEXT_DAY, "sender")
    assert find_wait(session, workspace.id, "brev@example.com", now=NOW) is None
