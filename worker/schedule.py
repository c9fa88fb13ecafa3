"""The beat table: what happens by time. Schedules of people (send on Friday) are rows in the database, never here."""

from typing import Any

from mailer.jobs import SWEEP, SWEEP_SECONDS

SCHEDULE: dict[str, dict[str, Any]] = {
    # A sweep that nobody took before the next one is due has nothing left to say.
    "sweep": {"task": SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}
