"""What of a newsletter stands on the web: who may read the archive, and its privacy and accessibility pages."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.config import get_settings
from mailer.i18n import mark
from mailer.newsletters.models import ARCHIVE_ACCESS, Newsletter
from mailer.newsletters.queries import default_lists, get_newsletter
from mailer.newsletters.statements import (
    LONGEST_STATEMENT,
    STATEMENTS,
    StatementName,
    draft_statement,
    is_own_text,
    read_statement,
    write_statement,
)
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace
from mailer.web.forms import Faults
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/newsletters/{newsletter}/web")

Lang = Literal["sv", "en"]
CHOOSE = mark("Choose one of these")
TOO_LONG = mark("At most {most} characters")
SAVED = mark("Your changes are saved.")


@router.get("")
def show_settings(
    request: Request, session: DbSession, place: InWorkspace, newsletter: str, done: str = ""
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    return _show(request, place, found, Faults(place.lang), said=SAVED if done else "")


@router.post("")
def save_settings(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    access: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    if access not in ARCHIVE_ACCESS:
        faults = Faults(place.lang)
        faults.add("access", CHOOSE)
        return _show(request, place, found, faults)
    if found.archive_access != access:
        found.archive_access = access
        _record(session, place, found, "newsletter.archive_access_changed")
    return RedirectResponse(f"{place.home}/newsletters/{found.slug}/web?done=yes", HTTPStatus.SEE_OTHER)


@router.get("/{name}/{lang}")
def show_statement(
    request: Request, session: DbSession, place: InWorkspace, newsletter: str, name: StatementName, lang: Lang
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    text = read_statement(found, default_lists(session, found.id), name, lang, get_settings())
    return _show_statement(request, place, found, name, lang, text, Faults(place.lang))


@router.post("/{name}/{lang}")
def save_statement(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    name: StatementName,
    lang: Lang,
    text: Annotated[str, Form(max_length=50_000)] = "",
    reset: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Keep the text; one that says what we would say anyway is not kept, so that it goes on following the facts."""
    found = get_newsletter(session, place.workspace.id, newsletter)
    typed = "" if reset else text.replace("\r\n", "\n").strip()
    if len(typed) > LONGEST_STATEMENT:
        faults = Faults(place.lang)
        faults.add("text", TOO_LONG, most=LONGEST_STATEMENT)
        return _show_statement(request, place, found, name, lang, text, faults)
    draft = draft_statement(found, default_lists(session, found.id), name, lang, get_settings())
    write_statement(found, name, lang, "" if typed == draft.strip() else typed, today=clock.now().date())
    _record(session, place, found, "newsletter.statement_changed")
    return RedirectResponse(f"{place.home}/newsletters/{found.slug}/web?done=yes", HTTPStatus.SEE_OTHER)


def _record(session: Session, place: Place, found: Newsletter, verb: str) -> None:
    record_activity(
        session, place.workspace.id, actor=place.actor, verb=verb, subject=f"newsletter:{found.id}", now=clock.now()
    )


def _show(request: Request, place: Place, found: Newsletter, faults: Faults, *, said: str = "") -> Response:
    return render(
        request,
        "newsletters/web.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=found,
        statements=[(name, lang, is_own_text(found, name, lang)) for name in STATEMENTS for lang in ("sv", "en")],
        faults=faults,
        said=said,
    )


def _show_statement(
    request: Request, place: Place, found: Newsletter, name: StatementName, lang: Lang, text: str, faults: Faults
) -> Response:
    return render(
        request,
        "newsletters/statement.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=found,
        name=name,
        text_lang=lang,
        text=text,
        is_own=is_own_text(found, name, lang),
        faults=faults,
    )
