"""Sharing as editors see it: partners, what an issue's shared links brought, and whether readers may have us mail."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.errors import RefusedError
from mailer.i18n import get_translations, mark
from mailer.issues.queries import get_issue
from mailer.newsletters.queries import get_newsletter
from mailer.shares.counting import list_brought
from mailer.shares.partners import (
    add_partner,
    bring_back_partner,
    get_partner,
    list_partners,
    rename_partner,
    retire_partner,
)
from mailer.web.deps import DbSession, InWorkspace, Place, RuledWorkspace, WritableWorkspace
from mailer.web.errors import say
from mailer.web.numbers import Number
from mailer.web.pages import render
from mailer.web.words import channel_words

router = APIRouter(prefix="/app/{workspace}")

TIP_NOTICE = mark(
    "A reader can then have us send one mail to one colleague, with the reader's name and a few words. You are the "
    "sender of that mail: the Swedish Marketing Act and the GDPR apply, and the colleague has not asked for it. So "
    "nothing goes out before the reader has confirmed from their own mailbox, each colleague gets one mail an issue, "
    "can refuse all further ones, and their address is not stored. The links above do without all of this."
)
SAVED = mark("Your changes are saved.")

Name = Annotated[str, Form(max_length=1000)]


@router.get("/partners")
def show_partners(request: Request, session: DbSession, place: InWorkspace) -> Response:
    return _show_partners(request, session, place)


@router.post("/partners")
def add(request: Request, session: DbSession, place: WritableWorkspace, name: Name = "") -> Response:
    try:
        add_partner(session, place.workspace.id, name, actor=place.actor, now=clock.now())
    except RefusedError as error:
        return _show_partners(request, session, place, refusal=say(error, place.lang), typed=name)
    return _to_partners(place)


@router.post("/partners/{code}/name")
def rename(request: Request, session: DbSession, place: WritableWorkspace, code: str, name: Name = "") -> Response:
    partner = get_partner(session, place.workspace.id, code)
    try:
        rename_partner(session, partner, name, actor=place.actor, now=clock.now())
    except RefusedError as error:
        return _show_partners(request, session, place, refusal=say(error, place.lang))
    return _to_partners(place)


@router.post("/partners/{code}/retire")
def retire(session: DbSession, place: WritableWorkspace, code: str) -> Response:
    retire_partner(session, get_partner(session, place.workspace.id, code), actor=place.actor, now=clock.now())
    return _to_partners(place)


@router.post("/partners/{code}/back")
def bring_back(session: DbSession, place: WritableWorkspace, code: str) -> Response:
    bring_back_partner(session, get_partner(session, place.workspace.id, code), actor=place.actor, now=clock.now())
    return _to_partners(place)


@router.get("/n/{newsletter}/{number}/shares")
def show_report(request: Request, session: DbSession, place: InWorkspace, newsletter: str, number: Number) -> Response:
    issue = get_issue(session, place.workspace.id, newsletter, number)
    return render(
        request,
        "shares/report.html",
        lang=place.lang,
        place=place,
        newsletter=get_newsletter(session, place.workspace.id, newsletter),
        issue=issue,
        brought=list_brought(session, place.workspace.id, [issue.id]),
        words=channel_words(place.lang),
        partners=list_partners(session, place.workspace.id),
    )


@router.get("/newsletters/{newsletter}/sharing")
def show_settings(
    request: Request, session: DbSession, place: InWorkspace, newsletter: str, done: str = ""
) -> Response:
    return render(
        request,
        "newsletters/sharing.html",
        lang=place.lang,
        place=place,
        newsletter=get_newsletter(session, place.workspace.id, newsletter),
        tip_notice=get_translations(place.lang).gettext(TIP_NOTICE),
        said=SAVED if done else "",
    )


@router.post("/newsletters/{newsletter}/sharing")
def switch_tips(
    session: DbSession,
    place: RuledWorkspace,
    newsletter: str,
    tips: Annotated[str, Form(max_length=8)] = "",
    understood: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Switch tips on or off; on only with the notice understood, which the activity tells."""
    found, now = get_newsletter(session, place.workspace.id, newsletter), clock.now()
    home = f"{place.home}/newsletters/{found.slug}/sharing"
    if tips == "on" and not understood:
        return RedirectResponse(home, HTTPStatus.SEE_OTHER)
    found.tips_since = (found.tips_since or now) if tips == "on" else None
    record_activity(
        session, place.workspace.id, actor=place.actor, verb=f"newsletter.tips_{'on' if tips == 'on' else 'off'}",
        subject=f"newsletter:{found.id}", now=now, notice=TIP_NOTICE,
    )  # fmt: skip
    return RedirectResponse(f"{home}?done=yes", HTTPStatus.SEE_OTHER)


def _to_partners(place: Place) -> Response:
    return RedirectResponse(f"{place.home}/partners", HTTPStatus.SEE_OTHER)


def _show_partners(request: Request, session: Session, place: Place, *, refusal: str = "", typed: str = "") -> Response:
    return render(
        request,
        "shares/partners.html",
        lang=place.lang,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        place=place,
        partners=list_partners(session, place.workspace.id),
        retired=list_partners(session, place.workspace.id, retired=True),
        refusal=refusal,
        typed=typed,
    )
