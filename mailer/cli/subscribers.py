"""`mailer subscribers`: import and export lists as CSV, look at who is on them."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from mailer import clock
from mailer.cli.import_report import print_summary, show_progress
from mailer.cli.output import Json, WorkspaceOption, print_rows, say
from mailer.db import get_engine, reading, transaction
from mailer.errors import NotFoundError, RefusedError
from mailer.lists.making import make_list
from mailer.lists.queries import get_list
from mailer.subscribers.consent import LONGEST_SOURCE
from mailer.subscribers.exporting import export_list
from mailer.subscribers.importing.report import Report, open_report
from mailer.subscribers.importing.run import Source, import_source, open_source
from mailer.subscribers.importing.store import Target
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING
from mailer.subscribers.queries import list_subscribers, list_subscriptions
from mailer.workspaces.naming import derive_slug, refuse_wrong_naming
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="People on lists.", no_args_is_help=True)

_DELIMITERS = {"tab": "\t", "\\t": "\t"}

ListOption = Annotated[str, typer.Option("--list", "-l", help="Slug or name of the list.")]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV file.", exists=True, dir_okay=False, readable=True)],
    list_name: ListOption,
    workspace: WorkspaceOption = None,
    column: Annotated[
        list[str] | None, typer.Option("--map", help='What a column is: address="E-post", name=Namn, name=2 …')
    ] = None,
    delimiter: Annotated[str, typer.Option(help="One character, or tab; found out by itself when not given.")] = "",
    encoding: Annotated[str, typer.Option(help="Such as utf-8 or cp1252; found out by itself when not given.")] = "",
    report: Annotated[Path | None, typer.Option(help="CSV file to write, with the outcome of every line.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the list when there is none.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Add the people of a CSV file to a list. Whoever left it, or must not be mailed, stays out and is listed."""
    if report is not None and report.exists() and report.samefile(file):
        raise RefusedError("The report would overwrite the file that is imported.")
    source = open_source(file, mapping=_read_mapping(column or []), delimiter=_check(delimiter), encoding=encoding)
    target = _find_target(source, workspace, list_name, create=create, dry_run=dry_run)
    with open_report(report) as report_file, show_progress(file, shown=not as_json) as advance:
        done = Report(report_file, source.delimiter)
        import_source(get_engine(), source, target, done, dry_run=dry_run, on_progress=advance)
    print_summary(done, source, report, dry_run=dry_run, as_json=as_json)


@app.command("list")
def list_people(
    list_name: ListOption,
    workspace: WorkspaceOption = None,
    search: Annotated[str, typer.Option(help="Part of an address or a name.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The most people to print.")] = 50,
    as_json: Json = False,
) -> None:
    """Show who is on a list, in any state."""
    with reading() as session:
        owner = get_workspace(session, workspace)
        wanted = get_list(session, owner.id, list_name)
        people = list_subscribers(session, owner.id, wanted.id, search, limit=limit)
        rows = [
            {"address": person.address, "name": person.name, "state": place.state, "reason": place.ended_reason}
            for person in people
            for place in list_subscriptions(session, person)
            if place.list_id == wanted.id
        ]
    print_rows(rows, as_json=as_json, empty="Nobody found.")


@app.command("export")
def export_file(
    list_name: ListOption,
    workspace: WorkspaceOption = None,
    state: Annotated[str, typer.Option(help="active, pending, paused or ended.")] = ACTIVE,
    delimiter: Annotated[str, typer.Option(help="One character, or tab.")] = ",",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")] = None,
) -> None:
    """Write a list as CSV. Cells that a spreadsheet would run get an apostrophe, which our import takes away again."""
    if state not in (ACTIVE, PENDING, PAUSED, ENDED):
        raise typer.BadParameter("active, pending, paused or ended", param_hint="--state")
    with reading() as session:
        owner = get_workspace(session, workspace)
        wanted = get_list(session, owner.id, list_name)
        if output is None:
            export_list(session, wanted.id, state, sys.stdout, delimiter=_check(delimiter))
            return
        with output.open("w", encoding="utf-8-sig", newline="") as file:
            count = export_list(session, wanted.id, state, file, delimiter=_check(delimiter))
    say(f"{count} people written to {output}.")


def _read_mapping(pairs: list[str]) -> dict[str, str]:
    mapping = dict(pair.partition("=")[::2] for pair in pairs)
    if not all(mapping.values()):
        raise typer.BadParameter('write it as field="Column"', param_hint="--map")
    return mapping


def _check(delimiter: str) -> str:
    delimiter = _DELIMITERS.get(delimiter, delimiter)
    if len(delimiter) > 1 or delimiter in ('"', "\n", "\r", "@"):
        raise typer.BadParameter("one character, or tab", param_hint="--delimiter")
    return delimiter


def _find_target(source: Source, workspace: str | None, list_name: str, *, create: bool, dry_run: bool) -> Target:
    now = clock.now()
    # A file name need not be text; what is not becomes a question mark.
    origin = f"import {source.path.name}".encode(errors="replace").decode()[:LONGEST_SOURCE]
    with reading() if dry_run else transaction() as session:
        owner = get_workspace(session, workspace)
        try:
            list_id = get_list(session, owner.id, list_name).id
        except NotFoundError as error:
            if not create:
                raise NotFoundError(f"{error} With --create it is made.") from None
            list_id = _create_list(session, owner.id, list_name, now, dry_run=dry_run)
        return Target(owner.id, list_id, origin, now)


def _create_list(session: Session, workspace_id: int, name: str, now: datetime, *, dry_run: bool) -> int:
    """Make the list, or only say so, and return its id or 0; the short name that was derived is never kept silent."""
    slug = derive_slug(name)
    if not slug:
        raise RefusedError(f"No short name can be made of {name!r}. Make the list with: mailer list create SLUG --name")
    refuse_wrong_naming(slug=slug, name=name)
    if dry_run:
        say(f"The list {slug} ({name}) would be made.")
        return 0
    made = make_list(session, workspace_id, name, slug=slug, actor="command", now=now)
    say(f"Made the list {slug} ({name}).")
    return made.id
