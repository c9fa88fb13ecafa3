"""`mailer send` and `mailer dispatch`: sending an issue and following it."""

import time
from datetime import datetime
from typing import Annotated, Any

import typer
from rich import progress as bars
from rich.console import Console
from sqlalchemy.orm import Session

from mailer import clock
from mailer.cli.dispatch_report import ask_workers, describe_workers, print_report, read_report, report_facts
from mailer.cli.output import Json, WorkspaceOption, print_json, print_rows, say
from mailer.db import reading, transaction
from mailer.deliveries import control
from mailer.deliveries.models import SENDING, Dispatch
from mailer.deliveries.queries import Progress, dispatch_progress, find_dispatch, get_sender, list_dispatches
from mailer.deliveries.start import start_dispatch
from mailer.errors import NotFoundError, RefusedError
from mailer.issues.models import Issue
from mailer.issues.queries import get_issue
from mailer.lists.queries import get_list
from mailer.newsletters.queries import default_lists, get_newsletter
from mailer.relays.waiting import find_wait
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="Dispatches: sendings of issues.", no_args_is_help=True)

DispatchId = Annotated[int, typer.Argument(help="Number of the dispatch.", min=1, max=2**31 - 1)]
_IDLE_WARNING_SECONDS = 15
_WAITS = {
    "relay": "The quota of the relay is used up: the rest waits",
    "sender": "The slow start of the sender's domain allows no more today: the rest waits",
}


def send(
    number: Annotated[str, typer.Argument(help="The issue's number, such as 2017:1.")],
    newsletter: Annotated[str, typer.Option("--newsletter", "-n", help="Slug of the newsletter.")],
    lists: Annotated[list[str] | None, typer.Option("--list", "-l", help="A list; the newsletter's when none.")] = None,
    workspace: WorkspaceOption = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has finished.")] = False,
    as_json: Json = False,
) -> None:
    """Send an issue. It goes to a list once, however often this is called."""
    now = clock.now()
    with transaction() as session:
        owner = get_workspace(session, workspace)
        series = get_newsletter(session, owner.id, newsletter)
        issue = get_issue(session, owner.id, newsletter, number)
        chosen = [get_list(session, owner.id, one) for one in dict.fromkeys(lists or [])]
        chosen = chosen or default_lists(session, series.id)
        if not chosen:
            raise RefusedError(f"{newsletter} has no lists of its own; name one with --list.")
        dispatch_id = start_dispatch(session, issue, chosen, actor="command", now=now).id
    if wait:
        _wait_for(dispatch_id, quiet=as_json)
    facts = _read_facts(dispatch_id)
    if as_json:
        print_json(facts)
    else:
        print(_sentence(facts))
    if wait and facts["state"] != "finished":
        raise typer.Exit(1)


@app.command("show")
def show(dispatch: DispatchId, as_json: Json = False) -> None:
    """Show how far a dispatch has come, why some mails did not go out, who works on it, and where the time goes."""
    with reading() as session:
        found = _get(session, dispatch)
        times, helpers = read_report(session, found, clock.now())
    facts = _read_facts(dispatch)
    answering = ask_workers() if facts["state"] == SENDING else None
    if as_json:
        print_json(facts | report_facts(times, helpers, answering))
        return
    print(_sentence(facts))
    for state, reasons in facts["reasons"].items():
        for reason, count in reasons.items():
            print(f"  {state}, {reason}: {count}")
    print_report(times, describe_workers(facts["state"], helpers, answering))


@app.command("list")
def list_all(workspace: WorkspaceOption = None, as_json: Json = False) -> None:
    """List the newest dispatches."""
    with reading() as session:
        rows = [
            _facts(
                dispatch,
                session.get_one(Issue, dispatch.issue_id),
                dispatch_progress(session, dispatch, now=clock.now()),
            )
            for dispatch in list_dispatches(session, get_workspace(session, workspace).id)
        ]
    if not as_json:
        rows = [{key: row[key] for key in ("dispatch", "issue", "state", "recipients", "started_at")} for row in rows]
    print_rows(rows, as_json=as_json, empty="Nothing has been sent yet. Send an issue with: mailer send")


@app.command("pause")
def pause(dispatch: DispatchId) -> None:
    """Stop for a while; mails on the wire are finished."""
    with transaction() as session:
        control.pause_dispatch(session, _get(session, dispatch), actor="command", now=clock.now())
    print(f"Dispatch {dispatch} is paused.")


@app.command("resume")
def resume(dispatch: DispatchId) -> None:
    """Go on with a paused or held dispatch."""
    with transaction() as session:
        control.resume_dispatch(session, _get(session, dispatch), actor="command", now=clock.now())
    print(f"Dispatch {dispatch} goes on.")


@app.command("cancel")
def cancel(dispatch: DispatchId) -> None:
    """End a dispatch for good; who has not got the mail will not get it."""
    with transaction() as session:
        control.cancel_dispatch(session, _get(session, dispatch), actor="command", now=clock.now())
    print(f"Dispatch {dispatch} is cancelled.")


def _wait_for(dispatch_id: int, *, quiet: bool) -> None:
    """Show progress until the dispatch is no longer sending."""
    columns = (bars.TextColumn("Sending"), bars.BarColumn(), bars.MofNCompleteColumn(), bars.TimeRemainingColumn())
    bar = bars.Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True)
    with bar:
        task = bar.add_task("", total=None)
        last_change, last_done, warned = time.monotonic(), -1, False
        while True:
            with reading() as session:
                progress = dispatch_progress(session, _get(session, dispatch_id), now=clock.now())
            bar.update(task, total=progress.recipients, completed=progress.done)
            if progress.state != SENDING:
                return
            if progress.done != last_done:
                last_change, last_done, warned = time.monotonic(), progress.done, False
            elif not warned and time.monotonic() - last_change > _IDLE_WARNING_SECONDS:
                say(_why_nothing_happens(progress.deliveries))
                warned = True
            time.sleep(0.25)


def _why_nothing_happens(deliveries: dict[str, int]) -> str:
    if deliveries["deferred"] and not deliveries["planned"] + deliveries["claimed"]:
        return f"The relay asked to try {deliveries['deferred']} mails again later. Waiting; Ctrl-C leaves them queued."
    return "Nothing is being sent. Is a worker running? Start one with `make run` or `mailer worker`."


def _read_facts(dispatch_id: int) -> dict[str, Any]:
    with reading() as session:
        dispatch = _get(session, dispatch_id)
        progress = dispatch_progress(session, dispatch, now=clock.now())
        facts = _facts(dispatch, session.get_one(Issue, dispatch.issue_id), progress)
        if dispatch.state == SENDING and progress.deliveries["planned"]:
            wait = find_wait(session, dispatch.workspace_id, get_sender(session, dispatch), now=clock.now())
            facts["waits_for"], facts["waits_until"] = (wait.of, _iso(wait.until)) if wait else (None, None)
        return facts


def _facts(dispatch: Dispatch, issue: Issue, progress: Progress) -> dict[str, Any]:
    return {
        "dispatch": dispatch.id,
        "issue": issue.number,
        "state": progress.state,
        "recipients": progress.recipients,
        "deliveries": progress.deliveries,
        "reasons": progress.reasons,
        "hold_reason": progress.hold_reason,
        "hold_detail": progress.hold_detail,
        "rate_per_second": progress.rate_per_second and round(progress.rate_per_second, 1),
        "started_at": _iso(dispatch.started_at),
        "finished_at": _iso(dispatch.finished_at),
    }


def _sentence(facts: dict[str, Any]) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in facts["deliveries"].items() if count)
    held = (
        f"\nHeld: {facts['hold_reason']} ({facts['hold_detail']}). Go on with: mailer dispatch resume"
        if facts["hold_reason"]
        else ""
    )
    waits = f"\n{_WAITS[facts['waits_for']]} until {facts['waits_until']}." if facts.get("waits_for") else ""
    return f"Dispatch {facts['dispatch']} ({facts['issue']}) is {facts['state']}: {counts}.{held}{waits}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _get(session: Session, dispatch_id: int) -> Dispatch:
    dispatch = find_dispatch(session, dispatch_id)
    if dispatch is None:
        raise NotFoundError(f"There is no dispatch {dispatch_id}.")
    return dispatch
