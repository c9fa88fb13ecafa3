"""`mailer relay`: SMTP servers of a workspace, when not the one of MAILER_SMTP_URL."""

from typing import Annotated

import typer

from mailer import clock
from mailer.cli.output import Json, WorkspaceOption, print_rows
from mailer.db import reading, transaction
from mailer.relays.address import parse_relay_url
from mailer.relays.queries import add_relay, list_relays, remove_relay
from mailer.tokens import unseal
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="Relays: the SMTP servers that mail is handed to.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A name for it.")],
    url: Annotated[str, typer.Option(envvar="MAILER_RELAY_URL", help="smtp://user:pass@host:port or smtps://…")],
    workspace: WorkspaceOption = None,
) -> None:
    """Add a relay; the workspace's mail goes to it from now on."""
    with transaction() as session:
        add_relay(session, get_workspace(session, workspace).id, name, url, now=clock.now())
    print(f"Relay {name} is in use.")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument()], workspace: WorkspaceOption = None) -> None:
    """Remove a relay."""
    with transaction() as session:
        remove_relay(session, get_workspace(session, workspace).id, name)
    print(f"Relay {name} is gone.")


@app.command("list")
def list_all(workspace: WorkspaceOption = None, as_json: Json = False) -> None:
    """List relays, without their passwords."""
    with reading() as session:
        rows = []
        for relay in list_relays(session, get_workspace(session, workspace).id):
            address = parse_relay_url(unseal(relay.sealed_url))
            rows.append({"relay": relay.name, "address": address.label, "security": address.security.value})
    print_rows(rows, as_json=as_json, empty="No relays: MAILER_SMTP_URL or the local inbox is used.")
