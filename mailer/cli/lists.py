"""`mailer list`: lists of subscribers."""

from typing import Annotated

import typer

from mailer import clock
from mailer.cli.output import Json, WorkspaceOption, print_rows
from mailer.db import reading, transaction
from mailer.lists.making import make_list
from mailer.lists.queries import list_lists
from mailer.subscribers.queries import count_by_state
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="Lists that one can send to.", no_args_is_help=True)


@app.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Short name: a-z, 0-9 and hyphens.")],
    name: Annotated[str, typer.Option(help="The name readers see.")] = "",
    description: Annotated[str, typer.Option(help="One sentence for readers.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Make a list."""
    with transaction() as session:
        owner = get_workspace(session, workspace)
        told = {"slug": slug, "description": description, "actor": "command"}
        make_list(session, owner.id, name or slug, **told, now=clock.now())
    print(f"List {slug} is ready. Fill it with: mailer subscribers import FILE.csv --list {slug}")


@app.command("list")
def list_all(workspace: WorkspaceOption = None, as_json: Json = False) -> None:
    """List lists with their subscribers by state."""
    with reading() as session:
        owner = get_workspace(session, workspace)
        rows = [
            {"list": one.slug, "name": one.name, **count_by_state(session, one.id)}
            for one in list_lists(session, owner.id)
        ]
    print_rows(rows, as_json=as_json, empty="No lists yet. Make one with: mailer list create")
