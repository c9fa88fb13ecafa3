"""The command line. Exit status 0: done, 1: refused with the reason, 2: wrong usage."""

import sys

import typer
from sqlalchemy.exc import OperationalError

from mailer.cli import (
    dispatches,
    issues,
    lists,
    newsletters,
    reference,
    relays,
    serving,
    subscribers,
    users,
    workspaces,
)
from mailer.errors import MailerError, RefusedError
from mailer.migrations import is_current

app = typer.Typer(
    name="mailer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(workspaces.app, name="workspace")
app.add_typer(users.app, name="user")
app.add_typer(lists.app, name="list")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(newsletters.app, name="newsletter")
app.add_typer(issues.app, name="issue")
app.add_typer(dispatches.app, name="dispatch")
app.add_typer(relays.app, name="relay")
app.command("send")(dispatches.send)
serving.add_commands(app)
app.command("reference", hidden=True)(reference.reference)


# Commands that make the database, wait for it, or do without it.
_WITHOUT_DATABASE = {"up", "web", "worker", "beat", "migrate", "demo", "reference"}


@app.callback()
def check_database(context: typer.Context) -> None:
    """E-mail newsletters that an organisation runs itself."""
    if context.invoked_subcommand not in _WITHOUT_DATABASE and not is_current():
        raise RefusedError("The database is not ready. Start with `make run`, or bring it up to date: mailer migrate")


def main() -> None:
    """Run the command line; a broken rule of the domain is one message and status 1."""
    try:
        app()
    except (MailerError, OperationalError) as error:
        # The driver's own words are enough for an operator; SQL and its parameters are not for a terminal.
        print(error.orig if isinstance(error, OperationalError) else error, file=sys.stderr)  # noqa: T201 - a command line
        sys.exit(1)


if __name__ == "__main__":
    main()
