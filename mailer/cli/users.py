"""`mailer user`: people who sign in."""

from typing import Annotated

import typer
from sqlalchemy import select

from mailer import clock, links
from mailer.accounts.models import User
from mailer.accounts.queries import create_user, get_user_by_email
from mailer.accounts.sign_in import create_sign_in_link
from mailer.cli.output import Json, WorkspaceOption, print_json, print_rows
from mailer.db import reading, transaction
from mailer.errors import RefusedError
from mailer.workspaces.models import Member, Workspace
from mailer.workspaces.queries import add_member, find_membership, get_workspace
from mailer.workspaces.roles import ROLES

app = typer.Typer(help="People who sign in.", no_args_is_help=True)


@app.command("add")
def add(
    email: Annotated[str, typer.Argument()],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    role: Annotated[str, typer.Option(help="owner, editor, approver or viewer")] = "editor",
    workspace: WorkspaceOption = None,
) -> None:
    """Add a person to a workspace."""
    if role not in ROLES:
        raise RefusedError(f"The role must be one of {', '.join(ROLES)}.")
    now = clock.now()
    with transaction() as session:
        place = get_workspace(session, workspace)
        user = create_user(session, email, name=name, now=now)
        if find_membership(session, user.id, place.slug):
            raise RefusedError(f"{email} is a member of {place.slug} already.")
        add_member(session, place.id, user.id, role, now=now)
    print(f"{email} is {role} of {place.slug}. Print a sign-in link with: mailer user link {email}")


@app.command("link")
def link(email: Annotated[str, typer.Argument()], as_json: Json = False) -> None:
    """Print a link that signs the person in once, within 24 hours."""
    with transaction() as session:
        user = get_user_by_email(session, email)
        url = links.sign_in_url(create_sign_in_link(session, user, clock.now()))
    if as_json:
        print_json({"email": email, "url": url})
    else:
        print(url)


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List people and their places."""
    with reading() as session:
        found = session.execute(
            select(User.email, User.name, Workspace.slug, Member.role)
            .outerjoin(Member, Member.user_id == User.id)
            .outerjoin(Workspace, Workspace.id == Member.workspace_id)
            .order_by(User.email)
        )
        rows = [{"email": row[0], "name": row[1], "workspace": row[2], "role": row[3]} for row in found]
    print_rows(rows, as_json=as_json, empty="Nobody yet. Add a person with: mailer user add EMAIL")
