"""The command line. Exit status 0: done, 1: refused with the reason, 2: wrong usage."""

import sys

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError, ProgrammingError

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
from mailer.cli.failures import explain
from mailer.errors import MailerError
from mailer.log import set_up
from mailer.migrations import refuse_unready_database

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


# Commands that make the database, check it themselves, or do without it.
_WITHOUT_DATABASE = {"up", "web", "worker", "beat", "migrate", "demo", "reference"}


@app.callback()
def check_database(context: typer.Context) -> None:
    """E-mail newsletters that an organisation runs itself."""
    if context.invoked_subcommand not in _WITHOUT_DATABASE and "--help" not in sys.argv:
        refuse_unready_database()


def main() -> None:
    """Run the command line; what the operator can mend is one message and status 1, a bug keeps its traceback."""
    try:
        set_up()
        app()
    except (MailerError, OperationalError, ProgrammingError, ValidationError, OSError) as error:
        reason = explain(error)
        if not reason:
            raise
        print(reason, file=sys.stderr)  # noqa: T201 - a command line
        sys.exit(1)


if __name__ == "__main__":
    main()
