"""The composer's page: an issue's facts and blocks as forms, each change a step that can be undone."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.blocks.summary import summarise
from mailer.errors import InvalidError, OvertakenError, RefusedError
from mailer.i18n import mark
from mailer.issues.drafts import load_document
from mailer.issues.editing import (
    delete_block,
    duplicate_block,
    hide_block,
    lock_draft,
    move_block,
    place_block,
    propose_id,
)
from mailer.issues.envelope import FACTS
from mailer.issues.facts import change_facts, list_facts
from mailer.issues.models import DRAFT, Issue
from mailer.issues.queries import has_issues, list_blocks
from mailer.issues.reasons import translate_reason
from mailer.issues.saved import get_template, list_templates, resolve_saved
from mailer.issues.saving import detach_block
from mailer.issues.starting import find_just_begun, propose_number, start_issue
from mailer.issues.steps import find_redoable, find_undoable, redo_step, undo_step
from mailer.issues.stops import MAX_HTML_BYTES
from mailer.lists.queries import list_lists
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue, go_to_composer
from mailer.web.errors import say
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.numbers import Number
from mailer.web.pages import render
from mailer.web.undoing import REDO, UNDO, name_step

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}")

THEIRS = mark("Somebody else has written here meanwhile: “{theirs}”. Save again to put yours in its place.")
OWN = mark(
    "You have written here meanwhile, in another tab or window: “{theirs}”. Save again to put this in its place."
)
Act = Literal["up", "down", "place", "duplicate", "detach", "hide", "show", "delete"]


@router.get("/new")
def show_new(request: Request, session: DbSession, place: WritableWorkspace, newsletter: str) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    return _show_new(request, session, place, found, propose_number(session, found, now=clock.now()))


@router.post("/new")
def start(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Annotated[str, Form(max_length=40)] = "",
    begin: Annotated[str, Form(max_length=20)] = "last",
    is_year_right: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Begin an issue; a second press of the button ends where the first one did."""
    found = get_newsletter(session, place.workspace.id, newsletter)
    template = get_template(session, found.id, int(begin)) if re.fullmatch(r"[0-9]{1,18}", begin) else None
    told = {"template": template, "from_last": begin == "last", "actor": place.actor, "now": clock.now()}
    told["is_year_right"] = bool(is_year_right)
    try:
        issue = start_issue(session, found, number.strip(), **told)  # type: ignore[arg-type]  # as named above
    except InvalidError as error:
        faults = Faults(place.lang)
        faults.take(error)
    except RefusedError as error:
        if before := find_just_begun(session, found, number.strip(), actor=place.actor, now=clock.now()):
            return go_to_composer(place, found, before)
        faults = Faults(place.lang, {"number": say(error, place.lang)})
    else:
        return go_to_composer(place, found, issue)
    ticked = bool(is_year_right)
    return _show_new(request, session, place, found, number, begin=begin, is_year_right=ticked, faults=faults)


@router.get("/{number}/edit")
def show_composer(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    if issue.state != DRAFT:
        return RedirectResponse(f"{place.home}/n/{found.slug}/{number}", HTTPStatus.SEE_OTHER)
    return _show(request, session, place, found, issue)


@router.post("/{number}/edit")
def save_facts(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    lock_draft(session, issue.id)
    facts = {name: typed.get(name, "").strip() for name in FACTS}
    faults = Faults(place.lang)
    try:
        save_typed_facts(session, issue, typed, actor=place.actor)
    except OvertakenError as error:
        for name, theirs in error.theirs.items():
            faults.add(name, OWN if error.by == place.actor else THEIRS, theirs=theirs)
    except InvalidError as error:
        for problem in error.problems:
            faults.note(problem.field, translate_reason(problem.reason, place.lang))
    if faults:
        return _show(request, session, place, found, issue, typed=facts, faults=faults)
    return go_to_composer(place, found, issue)


@router.post("/{number}/edit/{way}")
def undo_or_redo(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    way: Literal["undo", "redo"],
    typed: Typed,
) -> Response:
    """Take a step back or forth; the button says which one, so that no other is, whatever was done meanwhile."""
    found, issue = find_issue(session, place, newsletter, number)
    lock_draft(session, issue.id)
    meant = typed.get("step", "")
    step = {"undo": undo_step, "redo": redo_step}[way]
    try:
        step(session, issue, clock.now(), meant=int(meant) if re.fullmatch(r"[0-9]{1,18}", meant) else None)
    except RefusedError as error:
        return _show(request, session, place, found, issue, refused=say(error, place.lang))
    return go_to_composer(place, found, issue)


@router.post("/{number}/edit/b/{block}/{act}")
def act_on_block(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, block: str, act: Act, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    lock_draft(session, issue.id)
    told = {"actor": place.actor, "now": clock.now()}
    if act == "delete":
        delete_block(session, issue, block, **told)  # type: ignore[arg-type]  # actor and now
        return go_to_composer(place, found, issue)
    if act == "detach":
        detach_block(session, issue, block, **told)  # type: ignore[arg-type]  # actor and now
    elif act in {"hide", "show"}:
        hide_block(session, issue, block, is_hidden=act == "hide", **told)  # type: ignore[arg-type]  # actor and now
    elif act == "duplicate":
        block = duplicate_block(session, issue, block, copy_id=typed.get("copy", ""), **told)  # type: ignore[arg-type]  # actor and now
    elif act == "place":
        wanted = typed.get("to", "")
        if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6:
            place_block(session, issue, block, int(wanted) - 1, **told)  # type: ignore[arg-type]  # actor and now
    else:
        move_block(session, issue, block, -1 if act == "up" else 1, **told)  # type: ignore[arg-type]  # actor and now
    return go_to_composer(place, found, issue, block)


def save_typed_facts(session: Session, issue: Issue, typed: Mapping[str, str], *, actor: str) -> None:
    """Store those of the issue's own facts that were typed where the form showed `was.…`.

    InvalidError says what is wrong, OvertakenError what somebody else has written meanwhile.
    """
    was = {name: typed[f"was.{name}"] for name in FACTS if f"was.{name}" in typed}
    facts = {name: typed[name].strip() for name in FACTS if name in typed and typed[name] != was.get(name)}
    change_facts(session, issue, facts, was=was, actor=actor, now=clock.now())


def _show(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    *,
    typed: dict[str, str] | None = None,
    faults: Faults | None = None,
    refused: str = "",
) -> Response:
    faults = faults or Faults(place.lang)
    document = load_document(session, issue)
    facts = list_facts(issue)
    shown = resolve_saved(session, newsletter.id, document)
    return render(
        request,
        "composer/composer.html",
        lang=place.lang,
        status=HTTPStatus.CONFLICT if refused else faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        present=facts,
        typed=facts | (typed or {}),
        blocks=document.blocks,
        shown={block.id: block.data for block in shown.blocks},
        summaries={block.id: summarise(block.data) for block in shown.blocks},
        copies={block.id: propose_id(block.type) for block in document.blocks},
        revisions={row.block_id: row.revision for row in list_blocks(session, issue.id)},
        undo=name_step(find_undoable(session, issue.id), UNDO, place.lang),
        redo=name_step(find_redoable(session, issue.id), REDO, place.lang),
        faults=faults,
        refused=refused,
        most_bytes=MAX_HTML_BYTES,
        lists=list_lists(session, place.workspace.id) if any(block.audience for block in document.blocks) else [],
    )


def _show_new(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    number: str,
    *,
    begin: str = "",
    is_year_right: bool = False,
    faults: Faults | None = None,
) -> Response:
    faults, has_last = faults or Faults(place.lang), has_issues(session, newsletter.id)
    return render(
        request,
        "composer/new.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=newsletter,
        number=number,
        has_last=has_last,
        begin=begin or ("last" if has_last else "empty"),
        is_year_right=is_year_right,
        templates=list_templates(session, newsletter.id),
        proposed=propose_number(session, newsletter, now=clock.now()),
        faults=faults,
    )
