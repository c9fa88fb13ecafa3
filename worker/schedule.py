"""The beat: what happens by time (`celery -A worker.schedule beat`).

Schedules of people (send on Friday) are rows in the database, never here.
"""

from typing import Any

from mailer.jobs import SWEEP, SWEEP_SECONDS, get_celery

SCHEDULE: dict[str, dict[str, Any]] = {
    # A sweep that nobody took before the next one is due has nothing left to say.
    "sweep": {"task": SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}

app = get_celery()
app.conf.beat_schedule = SCHEDULE
