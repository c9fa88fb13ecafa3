"""`mailer issue`: issue documents in and out."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mailer import clock
from mailer.cli.output import Json, WorkspaceOption, print_json, print_rows
from mailer.db import reading, transaction
from mailer.errors import RefusedError
from mailer.issues.exchange import export_issue, import_issue, read_document
from mailer.issues.queries import get_issue, list_issues
from mailer.newsletters.queries import get_newsletter, list_newsletters
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="Issues of a newsletter.", no_args_is_help=True)

AssetsFolder = Annotated[Path | None, typer.Option("--assets", help="Folder with the images and files it names.")]


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An issue document (JSON).")],
    newsletter: Annotated[str, typer.Option("--newsletter", "-n", help="Slug of the newsletter.")],
    workspace: WorkspaceOption = None,
    assets: AssetsFolder = None,
    as_json: Json = False,
) -> None:
    """Take an issue document in as a draft. A draft of the same number is replaced; what it held is kept."""
    if assets is not None and not assets.is_dir():
        raise RefusedError(f"{assets} is not a folder.")
    raw = read_document(file)
    with transaction() as session:
        owner = get_workspace(session, workspace)
        series = get_newsletter(session, owner.id, newsletter)
        issue, outcome = import_issue(session, series, raw, assets, actor="command", now=clock.now())
        number, revision = issue.number, issue.revision
    if as_json:
        print_json({"issue": number, "newsletter": newsletter, "outcome": outcome, "revision": revision})
    else:
        print(f"{number} of {newsletter}: {outcome}. Send it with: mailer send {number} --newsletter {newsletter}")


@app.command("export")
def export_command(
    newsletter: Annotated[str, typer.Argument(help="Slug of the newsletter.")],
    number: Annotated[str, typer.Argument(help="The issue's number, such as 2017:1.")],
    workspace: WorkspaceOption = None,
    assets: AssetsFolder = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")] = None,
) -> None:
    """Give an issue as a document that `issue import` takes; its images are written to --assets."""
    with reading() as session:
        owner = get_workspace(session, workspace)
        document = export_issue(session, get_issue(session, owner.id, newsletter, number), assets)
    if output:
        output.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    else:
        print_json(document)


@app.command("list")
def list_all(
    newsletter: Annotated[str | None, typer.Option("--newsletter", "-n", help="Only this newsletter.")] = None,
    workspace: WorkspaceOption = None,
    as_json: Json = False,
) -> None:
    """List issues, newest first."""
    with reading() as session:
        owner = get_workspace(session, workspace)
        chosen = [get_newsletter(session, owner.id, newsletter)] if newsletter else list_newsletters(session, owner.id)
        rows = [
            {
                "newsletter": series.slug,
                "number": issue.number,
                "subject": issue.subject,
                "state": issue.state,
                "sent_at": issue.sent_at,
            }
            for series in chosen
            for issue in list_issues(session, series.id)
        ]
    print_rows(rows, as_json=as_json, empty="No issues yet. Take one in with: mailer issue import")
