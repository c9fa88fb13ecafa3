"""`mailer newsletter`: numbered series with theme and sender."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mailer import clock
from mailer.assets.library import add_logo
from mailer.cli.output import Json, WorkspaceOption, print_rows
from mailer.db import reading, transaction
from mailer.errors import RefusedError
from mailer.lists.queries import get_list
from mailer.newsletters.create import NewNewsletter, parse_theme
from mailer.newsletters.making import make_newsletter
from mailer.newsletters.queries import default_lists, list_newsletters
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="Newsletters: numbered series with theme, sender and lists.", no_args_is_help=True)


@app.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Short name for the archive's address: a-z, 0-9 and hyphens.")],
    name: Annotated[str, typer.Option(help="The name readers see.")],
    sender_email: Annotated[str, typer.Option(help="Address in From.")],
    sender_name: Annotated[str, typer.Option(help="Name in From; the newsletter's name when not given.")] = "",
    reply_to: Annotated[str, typer.Option(help="Address for replies; the sender when not given.")] = "",
    language: Annotated[str, typer.Option(help="sv or en")] = "sv",
    lists: Annotated[list[str] | None, typer.Option("--list", "-l", help="A list it goes to; repeat for more.")] = None,
    theme: Annotated[
        Path | None, typer.Option(help="JSON file: organisation, website, email, phone, colours …")
    ] = None,
    logo: Annotated[Path | None, typer.Option(help="Image file for the masthead.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a newsletter."""
    with transaction() as session:
        owner = get_workspace(session, workspace)
        raw = _read_json(theme) if theme else {}
        look = parse_theme(raw, organisation=owner.name, email=reply_to or sender_email)
        if logo:
            words = look.logo_alt or look.organisation
            stored = add_logo(session, owner.id, logo.name, logo.read_bytes(), words, now=clock.now())
            look = look.model_copy(update={"logo": stored.hash})
        new = NewNewsletter(
            slug=slug,
            name=name,
            language=language,
            sender_name=sender_name or name,
            sender_email=sender_email,
            reply_to=reply_to,
            theme=look,
        )
        chosen = [get_list(session, owner.id, one) for one in lists or []]
        make_newsletter(session, owner.id, new, chosen, actor="command", now=clock.now())
    print(f"Newsletter {slug} is ready. Add an issue with: mailer issue import FILE.json --newsletter {slug}")


@app.command("list")
def list_all(workspace: WorkspaceOption = None, as_json: Json = False) -> None:
    """List newsletters."""
    with reading() as session:
        owner = get_workspace(session, workspace)
        rows = [
            {
                "newsletter": one.slug,
                "name": one.name,
                "sender": one.sender_email,
                "lists": ", ".join(item.slug for item in default_lists(session, one.id)),
            }
            for one in list_newsletters(session, owner.id)
        ]
    print_rows(rows, as_json=as_json, empty="No newsletters yet. Make one with: mailer newsletter create")


def _read_json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise RefusedError(f"{path.name} cannot be read as JSON: {error}") from None
    if not isinstance(value, dict):
        raise RefusedError(f"{path.name} must hold one JSON object.")
    return value
