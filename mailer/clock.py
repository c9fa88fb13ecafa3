"""The clock. Only edges (requests, tasks, commands) call `now`; domain functions take it as an argument."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# The zone in which editors write and readers read dates and times.
LOCAL_ZONE = ZoneInfo("Europe/Stockholm")


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return datetime.now(UTC)
