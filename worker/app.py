"""The Celery app of the worker: `celery -A worker.app worker`. Its settings stand in `mailer.jobs`."""

from typing import Any

from celery.signals import worker_process_init, worker_ready, worker_shutting_down

from mailer.db import get_engine as get_database
from mailer.jobs import SWEEP, get_celery, make_patient
from worker import tasks
from worker.broker import mend_transport
from worker.engine.process import stop_all
from worker.monitoring import serve_metrics

mend_transport()
app = get_celery()
make_patient(app)
tasks.register(app)


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def forget_inherited_connections(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments
    """A forked child must not use the database connections of its parent."""
    get_database().dispose(close=False)


@worker_ready.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def look_for_work(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments
    """A worker that starts after a crash finds what the former one held, without waiting for the beat."""
    app.send_task(SWEEP)


@worker_ready.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def open_metrics(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments
    serve_metrics()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def stop_engine(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments
    """End slices early, whether they run in threads of this process or in forked children."""
    stop_all()
