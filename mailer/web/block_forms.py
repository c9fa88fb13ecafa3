"""The form of one block, made from its kind's schema: for a new block, and for one that is changed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, TypedDict

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.assets.store import list_assets
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.labels import choice_label, label
from mailer.blocks.registry import BY_NAME, KINDS
from mailer.blocks.typed import SPARE_ROWS, collect, count_rows, flatten, iter_words
from mailer.errors import InvalidError, NotFoundError
from mailer.i18n import get_translations
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
from mailer.issues.reasons import translate_reason
from mailer.lists.queries import list_lists
from mailer.newsletters.models import Newsletter
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue, go_to_composer
from mailer.web.fields import read_fields
from mailer.web.forms import Faults
from mailer.web.pages import render
from mailer.web.picking import bring_words, cut_pictures, open_picker
from mailer.web.previews import Number

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/edit")


class Aim(TypedDict):
    """Where a block is not shown, and the lists that it is for alone."""

    hidden_in: list[str]
    audience: list[str]


Typed = Annotated[dict[str, str], Depends(read_fields)]


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
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    known = _get_kind(kind)
    typed = _fill(known.model_construct()) | {"after": after[:64], "id": propose_id(kind)}
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
    known = _get_kind(kind)
    if find_block(session, issue, typed.get("id", "")):
        # Pressed twice, or gone back to and changed.
        return save(request, session, place, newsletter, number, typed["id"], typed)
    if _goes_on(typed):
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
    kind = _get_kind(row.kind)
    typed = _fill(kind.model_validate(row.data))
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
    kind = _get_kind(get_block(session, issue, block).kind)
    if _goes_on(typed):
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
        return _show(request, session, place, found, issue, kind, mine, block=block, theirs=theirs)
    return go_to_composer(place, found, issue, block)


def store_new(session: Session, issue: Issue, kind: str, typed: Mapping[str, str], *, actor: str) -> BlockRow:
    """Store the form of a new block. InvalidError says what is wrong."""
    typed = bring_words(session, issue.workspace_id, typed)
    data = collect(list_controls(_get_kind(kind)), typed, "f.")
    return add_block(
        session,
        issue,
        kind,
        data,
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
    revision = typed.get("revision", "")
    return change_block(
        session,
        issue,
        block,
        collect(list_controls(_get_kind(get_block(session, issue, block).kind)), typed, "f."),
        **_aim(typed),
        revision=int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else -1,
        tab=typed.get("tab", "")[:40],
        actor=actor,
        now=clock.now(),
    )


def take_faults(error: InvalidError, lang: str, prefix: str = "f.") -> Faults:
    """Note what is wrong at its field, whose name begins with `prefix`; what belongs to no field stands above."""
    faults = Faults(lang)
    for problem in error.problems:
        field = problem.field.removeprefix("data.")
        name = "form" if field in {"", "data", "audience"} else f"{prefix}{field}"
        faults.note(name, translate_reason(problem.reason, lang))
    return faults


def tell_theirs(row: BlockRow, lang: str) -> list[tuple[str, str]]:
    """Return what a block holds, each text with its label."""
    kind, translate = _get_kind(row.kind), get_translations(lang).gettext
    return [(translate(label(kind, name)), text) for name, text in iter_words(list_controls(kind), row.data)]


def _aim(typed: Mapping[str, str]) -> Aim:
    """Return where and to whom a block is shown."""
    return {
        "hidden_in": [form for form in FORMS if typed.get(f"hidden.{form}")],
        "audience": [name.removeprefix("audience.") for name in typed if name.startswith("audience.")],
    }


def _goes_on(typed: Mapping[str, str]) -> bool:
    """Tell whether a button was pressed that only fills in the form: more rows, other pictures, the chosen one."""
    return any(typed.get(name) for name in ("more", "find", "look"))


def _get_kind(name: str) -> type[BlockData]:
    kind = BY_NAME.get(name)
    if kind is None:
        raise NotFoundError("There is no such kind of block.")
    return kind


def _fill(block: BlockData) -> dict[str, str]:
    """Return the form of a block as it is, defaults among it."""
    controls, data = list_controls(type(block)), block.model_dump(mode="json")
    return {f"f.{name}": text for name, text in flatten(controls, data).items()}


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
) -> Response:
    faults = faults or Faults(place.lang)
    picker = open_picker(session, place.workspace.id, typed)
    context: dict[str, Any] = {
        "kind": kind,
        "controls": list_controls(kind),
        "typed": typed,
        "block": block,
        "forms": [form for form in FORMS if form in kind.FORMS],
        "lists": list_lists(session, place.workspace.id),
        "picker": picker,
        "cuts": cut_pictures(session, place.workspace.id, picker, kind.CUTS, may_make=request.method == "POST"),
        "documents": [one for one in list_assets(session, place.workspace.id) if not one.width],
        "label_of": lambda name: label(kind, name),
        "choice_label": choice_label,
        "rows_of": lambda path: count_rows(typed, path) + (2 if typed.get("more") else SPARE_ROWS),
        "theirs": theirs,
    }
    return render(
        request,
        "composer/block.html",
        lang=place.lang,
        status=HTTPStatus.CONFLICT if theirs else faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        faults=faults,
        **context,
    )
