"""What a newsletter keeps for later issues: its saved blocks and templates, and saving them from a draft."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.queries import name_actors
from mailer.blocks.controls import list_controls
from mailer.blocks.registry import BY_NAME
from mailer.blocks.typed import collect
from mailer.errors import InvalidError, RefusedError
from mailer.issues.editing import ConflictError, get_block, lock_draft
from mailer.issues.models import Issue, SavedBlock
from mailer.issues.saved import SAVED, get_saved, get_template, list_saved, list_templates, list_users_of
from mailer.issues.saving import (
    IS_SAVED,
    change_saved,
    delete_saved,
    delete_template,
    save_block,
    save_template,
)
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
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
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace
from mailer.web.drafts import find_issue, go_to_composer
from mailer.web.errors import say
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.numbers import Number
from mailer.web.pages import render
from mailer.web.picking import bring_words

router = APIRouter(prefix="/app/{workspace}")


@router.get("/n/{newsletter}/{number}/edit/b/{block}/save")
def ask_block_name(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, block: str
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    return _show_save_block(request, session, place, found, issue, block, {}, Faults(place.lang))


@router.post("/n/{newsletter}/{number}/edit/b/{block}/save")
def keep_block(
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
    name, is_shared = typed.get("saved_name", ""), bool(typed.get("shared"))
    try:
        save_block(session, issue, block, name, is_shared=is_shared, actor=place.actor, now=clock.now())
    except InvalidError as error:
        return _show_save_block(request, session, place, found, issue, block, typed, _name_faults(error, place))
    return go_to_composer(place, found, issue, block)


@router.get("/n/{newsletter}/{number}/template")
def ask_template_name(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    return _show_save_template(request, place, found, issue, {}, Faults(place.lang))


@router.post("/n/{newsletter}/{number}/template")
def keep_template(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    try:
        save_template(session, issue, typed.get("saved_name", ""), actor=place.actor, now=clock.now())
    except InvalidError as error:
        return _show_save_template(request, place, found, issue, typed, _name_faults(error, place))
    return _go_to_list(place, found)


@router.get("/newsletters/{newsletter}/saved")
def show_saved(request: Request, session: DbSession, place: InWorkspace, newsletter: str) -> Response:
    return _show_list(request, session, place, get_newsletter(session, place.workspace.id, newsletter))


@router.get("/newsletters/{newsletter}/saved/{slug}")
def show_saved_block(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, slug: str
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    saved = get_saved(session, found.id, slug)
    typed = fill_form(get_kind(saved.kind).model_validate(saved.data))
    typed |= {"f.saved_name": saved.name, "revision": str(saved.revision)}
    return _show_block(request, session, place, found, saved, typed, Faults(place.lang))


@router.post("/newsletters/{newsletter}/saved/{slug}")
def save_saved_block(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, slug: str, typed: Typed
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    saved = get_saved(session, found.id, slug, for_change=True)
    typed = bring_words(session, place.workspace.id, typed)
    faults, theirs = Faults(place.lang), None
    if goes_on(typed):
        return _show_block(request, session, place, found, saved, typed, faults)
    kind = get_kind(saved.kind)
    try:
        with naming_fields(kind, typed):
            change_saved(
                session,
                found,
                saved,
                typed.get("f.saved_name", ""),
                collect(list_controls(kind), typed, "f."),
                revision=read_revision(typed),
                actor=place.actor,
                now=clock.now(),
            )
    except ConflictError as conflict:
        theirs = tell_theirs(conflict.theirs, place.lang)
        typed |= {"revision": str(saved.revision)}
    except InvalidError as error:
        faults = take_faults(error, place.lang)
    if faults or theirs:
        return _show_block(request, session, place, found, saved, typed, faults, theirs=theirs)
    return _go_to_list(place, found)


@router.post("/newsletters/{newsletter}/saved/{slug}/delete")
def remove_saved_block(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, slug: str
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    try:
        delete_saved(
            session, found, get_saved(session, found.id, slug, for_change=True), actor=place.actor, now=clock.now()
        )
    except RefusedError as error:
        return _show_list(request, session, place, found, refusal=say(error, place.lang))
    return _go_to_list(place, found)


@router.post("/newsletters/{newsletter}/templates/{template}/delete")
def remove_template(session: DbSession, place: WritableWorkspace, newsletter: str, template: int) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    delete_template(session, found, get_template(session, found.id, template), actor=place.actor, now=clock.now())
    return _go_to_list(place, found)


def _name_faults(error: InvalidError, place: Place) -> Faults:
    faults = Faults(place.lang)
    faults.take(error)
    return faults


def _go_to_list(place: Place, newsletter: Newsletter) -> Response:
    return RedirectResponse(f"{place.home}/newsletters/{newsletter.slug}/saved", HTTPStatus.SEE_OTHER)


def _show_save_block(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    block: str,
    typed: dict[str, str],
    faults: Faults,
) -> Response:
    row = get_block(session, issue, block)
    if row.kind == SAVED:
        raise RefusedError(IS_SAVED)
    kind = get_kind(row.kind)
    headline = kind.model_validate(row.data).headline(issue.language)
    return render(
        request,
        "composer/save.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        block=block,
        kind=kind,
        typed={"saved_name": headline} | typed,
        faults=faults,
    )


def _show_save_template(
    request: Request, place: Place, newsletter: Newsletter, issue: Issue, typed: dict[str, str], faults: Faults
) -> Response:
    return render(
        request,
        "composer/template.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        typed={"saved_name": newsletter.name} | typed,
        faults=faults,
    )


def _show_list(
    request: Request, session: Session, place: Place, newsletter: Newsletter, *, refusal: str = ""
) -> Response:
    saved, templates = list_saved(session, newsletter.id), list_templates(session, newsletter.id)
    actors = {one.updated_by for one in saved} | {one.updated_by for one in templates}
    return render(
        request,
        "newsletters/saved.html",
        lang=place.lang,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        place=place,
        newsletter=newsletter,
        saved=[(one, *list_users_of(session, one)) for one in saved],
        templates=templates,
        kinds=BY_NAME,
        names=name_actors(session, actors),
        refusal=refusal,
    )


def _show_block(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    saved: SavedBlock,
    typed: dict[str, str],
    faults: Faults,
    *,
    theirs: list[tuple[str, str]] | None = None,
) -> Response:
    return render(
        request,
        "newsletters/saved_block.html",
        lang=place.lang,
        status=HTTPStatus.CONFLICT if theirs else faults.status,
        place=place,
        newsletter=newsletter,
        saved=saved,
        drafts=list_users_of(session, saved)[0],
        faults=faults,
        theirs=theirs,
        **describe_form(
            session, newsletter, get_kind(saved.kind), typed, newsletter.language, may_make=request.method == "POST"
        ),
    )
