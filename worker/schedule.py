"""The beat: what happens by time (`celery -A worker.schedule beat`).

Schedules of people (send on Friday) are rows in the database, never here.
"""

from typing import Any

from celery.schedules import crontab

from mailer.jobs import FORGET, SWEEP, SWEEP_SECONDS, get_celery

SCHEDULE: dict[str, dict[str, Any]] = {
    # A sweep that nobody took before the next one is due has nothing left to say.
    "sweep": {"task": SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    # At night (UTC), when least is sent; a beat that was off then does it when it is on again.
    "forget": {"task": FORGET, "schedule": crontab(hour="2", minute="17")},
}

app = get_celery()
app.conf.beat_schedule = SCHEDULE
