"""The commands that run the service: all of it (`up`), or one part at a time."""

import os
import sys
from typing import Annotated

import typer
import uvicorn

from mailer import clock
from mailer.cli.output import say
from mailer.cli.supervisor import run_everything
from mailer.config import get_settings
from mailer.db import transaction
from mailer.demo.seed import seed_demo
from mailer.errors import RefusedError
from mailer.migrations import is_current, upgrade


def add_commands(app: typer.Typer) -> None:
    """Mount the commands at the top level."""
    for command in (up, web, worker, beat, migrate, demo):
        app.command()(command)


def up() -> None:
    """Run everything: database, broker, worker, beat, local inbox and web server. Stops with Ctrl-C."""
    run_everything()


def web(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Run the web server."""
    _refuse_old_database()
    settings = get_settings()
    uvicorn.run(
        "mailer.web.app:create_app",
        factory=True,
        host=host or settings.http_host,
        port=port or settings.http_port,
        log_level="warning",
        access_log=False,  # addresses of readers and their tokens are nobody's business
        server_header=False,
        proxy_headers=False,
    )


def worker(
    threads: Annotated[bool, typer.Option(help="One process with threads instead of several processes.")] = False,
) -> None:
    """Run a worker that sends mail; start as many as you like, on as many hosts."""
    _refuse_old_database()
    pool = ["--pool=threads", "--concurrency=4"] if threads else [f"--concurrency={get_settings().worker_processes}"]
    _become_celery("worker", *pool, "--without-gossip", "--without-mingle", "--loglevel=warning")


def beat() -> None:
    """Run the clock that wakes workers every few seconds; one is enough."""
    schedule = get_settings().data_dir / "beat-schedule"
    _become_celery("beat", f"--schedule={schedule}", f"--pidfile={schedule}.pid", "--loglevel=warning")


def migrate() -> None:
    """Bring the database to the newest state."""
    upgrade()
    say("The database is up to date.")


def demo() -> None:
    """Add the demo: a workspace with a newsletter, issues, lists and 200 subscribers. Does nothing the second time."""
    upgrade()
    with transaction() as session:
        made = seed_demo(session, now=clock.now())
    say("The demo workspace is ready." if made else "The demo workspace is there already.")


def _become_celery(*arguments: str) -> None:
    """Replace this process by Celery, so that signals reach it directly."""
    get_settings().data_dir.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "celery", "--app=worker.app", "--quiet", *arguments]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _refuse_old_database() -> None:
    if not is_current():
        raise RefusedError("The database is not up to date. Run: mailer migrate")
