"""The parts of the service as commands, the same whether `mailer up` starts them or an operator does, one by one.

They are run directly by uvicorn and Celery, not through the command line, which would load everything twice.
"""

import sys

from mailer.config import get_settings
from mailer.jobs import worker_pool


def web_command(host: str | None = None, port: int | None = None) -> list[str]:
    """Return the command of the web server."""
    settings = get_settings()
    return [
        *(sys.executable, "-m", "uvicorn", "--factory", "mailer.web.serve:make_app"),
        *("--host", host or settings.http_host, "--port", str(port or settings.http_port)),
        "--log-level=warning",
        "--no-access-log",  # addresses of readers and their tokens are nobody's business
        "--no-server-header",
        *(["--forwarded-allow-ips", settings.trusted_proxies] if settings.trusted_proxies else ["--no-proxy-headers"]),
    ]


def worker_command(*, threads: bool) -> list[str]:
    """Return the command of a worker: one process with threads, or as many processes as the settings say."""
    pool = worker_pool(threads=threads)
    return [*_celery("worker.app"), "worker", *pool, "--without-gossip", "--without-mingle", "--loglevel=warning"]


def beat_command() -> list[str]:
    """Return the command of the clock that wakes workers; one is enough."""
    schedule = get_settings().data_dir.absolute() / "beat-schedule"
    return [*_celery("worker.schedule"), "beat", f"--schedule={schedule}", "--pidfile=", "--loglevel=warning"]


def inbox_command(port: int) -> list[str]:
    """Return the command of the local inbox's SMTP server."""
    return [sys.executable, "-m", "worker.inbox", "--port", str(port)]


def inbound_command() -> list[str]:
    """Return the command of the server that takes mail to our own addresses."""
    return [sys.executable, "-m", "worker.inbound"]


def _celery(app: str) -> tuple[str, ...]:
    # Its warning about root is in every log of a container, where it hides what matters; nothing is unpickled here.
    no_warning = ("-W", "ignore:You're running the worker with superuser privileges")
    return (sys.executable, *no_warning, "-m", "celery", f"--app={app}", "--quiet")
