"""The command line. Exit status 0: done, 1: refused with the reason, 2: wrong usage."""

import sys

import typer

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
from mailer.errors import MailerError

app = typer.Typer(
    name="mailer",
    help="E-mail newsletters that an organisation runs itself.",
    no_args_is_help=True,
    add_completion=False,
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


def main() -> None:
    """Run the command line; a broken rule of the domain is one message and status 1."""
    try:
        app()
    except MailerError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line prints
        sys.exit(1)


if __name__ == "__main__":
    main()
