"""The form of one block, made from its kind's schema: for a new block, and for one that is changed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypedDict

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.registry import KINDS
from mailer.blocks.typed import collect
from mailer.errors import InvalidError, NotFoundError
from mailer.issues.editing import (
    ConflictError,
    add_block,
    change_block,
    find_block,
    get_block,
    lock_draft,
    propose_id,
)
from mailer.issues.envelope import FORMS
from mailer.issues.models import BlockRow, Issue
from mailer.issues.saved import SAVED, get_saved, list_saved
from mailer.newsletters.models import Newsletter
from mailer.web.block_fields import (
    describe_form,
    fill_form,
    get_kind,
    goes_on,
    naming_fields,
    read_revision,
    take_faults,
    tell_theirs,
)
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue, go_to_composer
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.numbers import Number
from mailer.web.pages import render
from mailer.web.picking import bring_words

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/edit")


class Aim(TypedDict):
    """Where a block is not shown, and the lists that it is for alone."""

    hidden_in: list[str]
    audience: list[str]


@router.get("/add")
def choose_kind(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, after: str = ""
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    return render(
        request,
        "composer/add.html",
        lang=place.lang,
        place=place,
        newsletter=found,
        issue=issue,
        kinds=KINDS,
        saved_blocks=list_saved(session, found.id),
        after=after[:64],
    )


@router.get("/add/{kind}")
def show_new_block(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    kind: str,
    after: str = "",
    saved: str = "",
) -> Response:
    """Show the form of a new block: empty, or filled in as a saved one."""
    found, issue = find_issue(session, place, newsletter, number)
    known = get_kind(kind)
    typed = fill_form(known.model_construct())
    if saved and kind == SAVED:
        typed["f.saved"] = saved[:63]
    elif saved:
        typed = fill_form(known.model_validate(_get_saved_data(session, found.id, kind, saved)))
    typed |= {"after": after[:64], "id": propose_id(kind)}
    return _show(request, session, place, found, issue, known, typed)


@router.post("/add/{kind}")
def add(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    kind: str,
    typed: Typed,
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    lock_draft(session, issue.id)
    known = get_kind(kind)
    if find_block(session, issue, typed.get("id", "")):
        # Pressed twice, or gone back to and changed.
        return save(request, session, place, newsletter, number, typed["id"], typed)
    if goes_on(typed):
        typed = bring_words(session, place.workspace.id, typed)
        return _show(request, session, place, found, issue, known, typed)
    try:
        row = store_new(session, issue, kind, typed, actor=place.actor)
    except InvalidError as error:
        return _show(request, session, place, found, issue, known, typed, faults=take_faults(error, place.lang))
    return go_to_composer(place, found, issue, row.block_id)


@router.get("/b/{block}")
def show_block(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, block: str
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    row = get_block(session, issue, block)
    kind = get_kind(row.kind)
    typed = fill_form(kind.model_validate(row.data))
    typed |= {f"hidden.{form}": "yes" for form in row.hidden_in} | {f"audience.{slug}": "yes" for slug in row.audience}
    typed["revision"] = str(row.revision)
    return _show(request, session, place, found, issue, kind, typed, block=block)


@router.post("/b/{block}")
def save(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    block: str,
    typed: Typed,
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    lock_draft(session, issue.id)
    kind = get_kind(get_block(session, issue, block).kind)
    if goes_on(typed):
        typed = bring_words(session, place.workspace.id, typed)
        return _show(request, session, place, found, issue, kind, typed, block=block)
    try:
        save_typed(session, issue, block, typed, actor=place.actor)
    except InvalidError as error:
        return _show(
            request, session, place, found, issue, kind, typed, block=block, faults=take_faults(error, place.lang)
        )
    except ConflictError as conflict:
        theirs = tell_theirs(conflict.theirs, place.lang)
        mine = dict(typed) | {"revision": str(conflict.theirs.revision)}
        is_own = conflict.by == place.actor
        return _show(request, session, place, found, issue, kind, mine, block=block, theirs=theirs, is_own=is_own)
    return go_to_composer(place, found, issue, block)


def store_new(session: Session, issue: Issue, kind: str, typed: Mapping[str, str], *, actor: str) -> BlockRow:
    """Store the form of a new block. InvalidError says what is wrong."""
    typed = bring_words(session, issue.workspace_id, typed)
    with naming_fields(get_kind(kind), typed):
        return add_block(
            session,
            issue,
            kind,
            collect(list_controls(get_kind(kind)), typed, "f."),
            typed.get("after", "")[:64],
            block_id=typed.get("id", ""),
            **_aim(typed),
            tab=typed.get("tab", "")[:40],
            actor=actor,
            now=clock.now(),
        )


def save_typed(session: Session, issue: Issue, block: str, typed: Mapping[str, str], *, actor: str) -> BlockRow:
    """Store the form of a block. InvalidError says what is wrong, ConflictError that somebody else was faster."""
    typed = bring_words(session, issue.workspace_id, typed)
    kind = get_kind(get_block(session, issue, block).kind)
    with naming_fields(kind, typed):
        return change_block(
            session,
            issue,
            block,
            collect(list_controls(kind), typed, "f."),
            **_aim(typed),
            revision=read_revision(typed),
            tab=typed.get("tab", "")[:40],
            actor=actor,
            now=clock.now(),
        )


def _aim(typed: Mapping[str, str]) -> Aim:
    """Return where and to whom a block is shown."""
    return {
        "hidden_in": [form for form in FORMS if typed.get(f"hidden.{form}")],
        "audience": [name.removeprefix("audience.") for name in typed if name.startswith("audience.")],
    }


def _get_saved_data(session: Session, newsletter_id: int, kind: str, slug: str) -> dict[str, Any]:
    kept = get_saved(session, newsletter_id, slug)
    if kept.kind != kind:
        raise NotFoundError("There is no such saved block.")
    return kept.data


def _show(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    kind: type[BlockData],
    typed: Mapping[str, str],
    *,
    block: str = "",
    faults: Faults | None = None,
    theirs: list[tuple[str, str]] | None = None,
    is_own: bool = False,
) -> Response:
    faults = faults or Faults(place.lang)
    return render(
        request,
        "composer/block.html",
        lang=place.lang,
        status=HTTPStatus.CONFLICT if theirs else faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        faults=faults,
        theirs=theirs,
        is_own=is_own,
        block=block,
        **describe_form(
            session, newsletter, kind, typed, issue.language, may_make=request.method == "POST", issue=issue
        ),
    )
