"""The commands that run the service: all of it (`up`), or one part at a time."""

import os
from typing import Annotated

import typer

from mailer import clock, links
from mailer.accounts.queries import has_users
from mailer.cli.broker import make_private
from mailer.cli.output import say
from mailer.cli.parts import beat_command, inbound_command, web_command, worker_command
from mailer.cli.supervisor import run_everything
from mailer.config import METRICS_FOLDER, environment_with, get_settings
from mailer.db import reading, transaction
from mailer.demo.seed import seed_demo
from mailer.errors import RefusedError
from mailer.jobs import runtime_dir
from mailer.metrics import make_folder
from mailer.migrations import refuse_unready_database, upgrade
from mailer.relays.rates import parse_domain_rates
from mailer.relays.terms import parse_relay_urls
from mailer.tokens import minutes_of, sign


def add_commands(app: typer.Typer) -> None:
    """Mount the commands at the top level."""
    for command in (up, web, worker, beat, inbound, migrate, demo, setup_link):
        app.command()(command)


def up() -> None:
    """Run everything: database, broker, worker, beat, local inbox and web server. Stops with Ctrl-C."""
    _refuse_wrong_settings()
    run_everything()


def web(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Run the web server. Refused when the database lacks a migration."""
    refuse_unready_database()
    _become(web_command(host, port))


def worker(
    threads: Annotated[bool, typer.Option(help="One process with threads instead of several processes.")] = False,
) -> None:
    """Run a worker that sends mail; start as many as you like, on as many hosts.

    Refused when the database lacks a migration.
    """
    refuse_unready_database()
    _refuse_wrong_settings()
    shared: dict[str, str] = {}
    if get_settings().metrics_port and not threads:
        make_private(runtime_dir())
        shared[METRICS_FOLDER] = str(make_folder(runtime_dir()))
    _become(worker_command(threads=threads), **shared)


def beat() -> None:
    """Run the clock that wakes workers every few seconds; one is enough."""
    _become(beat_command())


def inbound() -> None:
    """Take mail to the addresses that stand in our mails (unsubscribing by mail). Needs MAILER_INBOUND_PORT."""
    refuse_unready_database()
    if not get_settings().inbound_port:
        raise RefusedError("Set MAILER_INBOUND_PORT to the port to listen on.")
    _become(inbound_command())


def migrate() -> None:
    """Bring the database to the newest state."""
    upgrade()
    say("The database is up to date.")


def demo() -> None:
    """Add the demo: a workspace with a newsletter, issues, lists and 200 subscribers. Does nothing the second time."""
    upgrade()
    with transaction() as session:
        made = seed_demo(session, now=clock.now())
    say("The demo workspace is ready." if made else "There is a workspace already; the demo was not added.")


def setup_link() -> None:
    """Print the address where a new installation gets its first workspace and owner; it works for a day."""
    refuse_unready_database()
    with reading() as session:
        if has_users(session):
            raise RefusedError("This installation has been set up. Print a sign-in link with: mailer user link EMAIL")
    say(links.setup_url(sign("setup", minutes_of(clock.now()))))


def _refuse_wrong_settings() -> None:
    """Say what is wrong with relays and rates before anything starts: in a worker only its log would say it."""
    parse_relay_urls(get_settings().resolved_smtp_url)
    parse_domain_rates(get_settings().domain_rates)


def _become(command: list[str], **environment: str) -> None:
    """Replace this process by another program, so that signals reach it directly."""
    get_settings().data_dir.mkdir(parents=True, exist_ok=True)
    os.execve(command[0], command, environment_with(**environment))  # noqa: S606 - no shell is wanted
