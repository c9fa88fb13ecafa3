"""Job names and `*_later`: asked for in a transaction, sent after its commit, ids only.

A job is a wake-up call. The database is the truth: a job may run twice or never with the same result, because the
sweeper finds due work there every few seconds. Also the one place with the broker's settings.
"""

import hashlib
import logging
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu.exceptions import OperationalError
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.orm import Session

from mailer.config import get_settings
from mailer.db import after_commit
from mailer.log import ids, set_up

log = logging.getLogger(__name__)

HELP_WITH_DISPATCH = "mailer.help_with_dispatch"
SWEEP = "mailer.sweep"
SEND_NOTICES = "mailer.send_notices"
FORGET = "mailer.forget"

SWEEP_SECONDS = 5
WORKER_SOCKET_SECONDS = 30

CELERY_SETTINGS: dict[str, Any] = {
    # kombu's defaults (3600, 10, 10) give a killed worker's tasks back after an hour; these after five minutes at the
    # most, and the sweeper long before that.
    "broker_transport_options": {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A page must not hang when the broker is down: it gives up at once, and the sweeper finds the work.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "socket_connect_timeout": 1,
        "socket_timeout": 1,  # a worker, which waits for jobs on its connection, takes WORKER_SOCKET_SECONDS instead
    },
    "task_acks_late": True,  # a task that dies with its worker is given to another
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,  # a slice lasts seconds: nobody may hoard them
    "task_serializer": "json",
    "accept_content": ["json"],  # never pickle: whoever can write to the broker could run code
    "task_ignore_result": True,  # results are in the database
    "result_backend": None,
    "enable_utc": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # however long the broker is away
    "worker_hijack_root_logger": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,  # mails on the wire finish without the broker
}


def worker_pool(*, threads: bool) -> tuple[str, ...]:
    """Return Celery's options for the pool: one process where memory is scarce, else the settings' processes.

    Slices wait for the network and share one engine a process, so that four threads are enough to start them.
    """
    return ("--pool=threads", "--concurrency=4") if threads else (f"--concurrency={get_settings().worker_processes}",)


def make_patient(app: Celery) -> None:
    """Let a worker wait for jobs on its connection, which a page that asks for one must not."""
    patience = {"socket_timeout": WORKER_SOCKET_SECONDS}
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, **patience}


def runtime_dir() -> Path:
    """Return the folder for sockets of this data folder; short, since a socket's path has about 107 octets."""
    digest = hashlib.blake2b(str(get_settings().data_dir.absolute()).encode(), digest_size=6).hexdigest()
    return Path(os.path.realpath(tempfile.gettempdir())) / f"mailer-{os.getuid()}-{digest}"


def broker_url() -> str:
    """Return MAILER_REDIS_URL, or the address of the embedded Valkey."""
    return get_settings().redis_url or f"redis+socket://{runtime_dir() / 'valkey.sock'}"


def redis_url() -> str:
    """Return the broker's address as the redis package writes it; Celery has a scheme of its own for sockets."""
    return broker_url().replace("redis+socket://", "unix://", 1)


def is_broker_reachable() -> bool:
    """Tell whether the broker answers within a second; asked without Celery, which would try again and again."""
    once = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(redis_url(), socket_timeout=1, socket_connect_timeout=1, retry=once) as client:
            return bool(client.ping())
    except RedisError:
        return False


@lru_cache(maxsize=1)
def get_celery() -> Celery:
    """Return the Celery app through which jobs are asked for; `worker.app` adds the tasks to the same one."""
    app = Celery("mailer", broker=broker_url())
    app.conf.update(CELERY_SETTINGS)
    return app


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def write_our_lines(**_: Any) -> None:  # noqa: ANN401 - Celery's signal arguments
    """Worker and beat write the lines of `mailer.log`; Celery then sets up none of its own."""
    set_up()


def help_later(session: Session, dispatch_id: int) -> None:
    """Wake the processes of a worker for a dispatch, once the transaction has been committed."""
    after_commit(session, lambda: ask_for_help(dispatch_id, get_settings().worker_processes))


def notices_later(session: Session) -> None:
    """Wake a worker for the service's own mail, once the transaction has been committed."""
    after_commit(session, ask_for_notices)


def ask_for_notices() -> None:
    """Wake a worker for the service's own mail now."""
    try:
        get_celery().send_task(SEND_NOTICES, expires=30, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("the broker is away, the service's own mail waits for the sweeper", extra=ids(error=error))


def ask_for_help(dispatch_id: int, helpers: int = 1) -> None:
    """Wake `helpers` processes for a dispatch now. When the broker is away, only time is lost: the sweeper finds it."""
    try:
        for _ in range(helpers):
            # A wake-up call that nobody took in half a minute has been followed by others.
            get_celery().send_task(HELP_WITH_DISPATCH, args=[dispatch_id], expires=30, retry=False)
    except (OperationalError, OSError) as error:
        log.warning(
            "the broker is away, the dispatch waits for the sweeper", extra=ids(dispatch=dispatch_id, error=error)
        )
