"""`mailer workspace`: tenants."""

from typing import Annotated

import typer
from sqlalchemy import select

from mailer import clock
from mailer.cli.output import Json, print_rows
from mailer.db import reading, transaction
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import create_workspace

app = typer.Typer(help="Workspaces: one organisation each.", no_args_is_help=True)


@app.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Short name for addresses: a-z, 0-9 and hyphens.")],
    name: Annotated[str, typer.Option(help="The organisation's name.")],
    language: Annotated[str, typer.Option(help="sv or en")] = "sv",
) -> None:
    """Make a workspace."""
    with transaction() as session:
        create_workspace(session, slug, name, language=language, now=clock.now())
    print(f"Workspace {slug} is ready. Add a person with: mailer user add EMAIL --workspace {slug}")


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List workspaces."""
    with reading() as session:
        rows = [
            {"workspace": one.slug, "name": one.name, "language": one.language}
            for one in session.scalars(select(Workspace).order_by(Workspace.slug))
        ]
    print_rows(rows, as_json=as_json, empty="No workspaces yet. Make one with: mailer workspace create")
