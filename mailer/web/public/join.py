"""Joining: the form of a newsletter or of one of its lists, also inside somebody else's page.

A POST may come from any site: it uses no cookie, and can do no more than ask for a confirmation mail. It does the same
for every address.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.errors import NotFoundError
from mailer.i18n import get_translations, mark
from mailer.lists.models import MailingList
from mailer.newsletters.join_form import JoinForm, read_join_form
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import default_lists
from mailer.render.sanitise import clean_line
from mailer.subscribers.consent import keep_text
from mailer.subscribers.requests import Typed, ask
from mailer.subscribers.stopped import QUICK, TRAP, count_stopped
from mailer.tokens import sign
from mailer.web.deps import DbSession
from mailer.web.errors import error_page
from mailer.web.forms import Faults
from mailer.web.headers import embedded_page, token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_public_newsletter, theme_of
from mailer.web.public.join_checks import check_answers, check_typed, hint_at_address
from mailer.web.public.join_defence import (
    LATEST_SECONDS,
    TOO_MANY,
    find_stop,
    judge_time,
    make_challenge,
    needs_step,
    stamp_age,
    wants_proof,
)
from mailer.web.public.join_fields import TRAP_FIELD, Filled, read_filled

router = APIRouter()

CONSENT = mark("I want to get %(lists)s from %(organisation)s by email. I can end it at any time.")


@router.get("/n/{newsletter}/join")
@router.get("/n/{newsletter}/join/to/{slug}")
def show_form(
    request: Request, session: DbSession, newsletter: str, slug: str = "", issue: str = "", via: str = ""
) -> Response:
    found = get_public_newsletter(session, newsletter)
    return _show(request, session, found, slug, Filled(issue=issue[:16], via=via[:32]))


@router.get("/n/{newsletter}/join/embed")
def show_embedded(request: Request, session: DbSession, newsletter: str) -> Response:
    found = get_public_newsletter(session, newsletter)
    return _show(request, session, found, "", Filled(), page="embed")


@router.get("/n/{newsletter}/join/sent")
def show_sent(request: Request, session: DbSession, newsletter: str) -> Response:
    found = get_public_newsletter(session, newsletter)
    return render(
        request,
        "subscriptions/sent.html",
        lang=reader_language(request, found.language),
        headers=token_page(),
        newsletter=found,
        theme=theme_of(found),
    )


@router.post("/n/{newsletter}/join")
@router.post("/n/{newsletter}/join/to/{slug}")
def join(
    request: Request,
    session: DbSession,
    newsletter: str,
    filled: Annotated[Filled | None, Depends(read_filled)],
    slug: str = "",
) -> Response:
    if filled is None:
        return error_page(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    found = get_public_newsletter(session, newsletter)
    lists = _choices(session, found, slug)
    lang, now = reader_language(request, found.language), clock.now()
    faults, form = Faults(lang), read_join_form(found.join_form)
    filled.email = filled.instead or filled.email
    chosen = check_typed(filled, lists, form, faults)
    if filled.trap and not faults:
        count_stopped(session, found.id, TRAP, now=now)
        return _sent(found, lang)
    if not faults:
        judge_time(filled, faults, now)
        if faults:
            count_stopped(session, found.id, QUICK, now=now)
    suggestion = "" if faults else hint_at_address(filled, faults)
    if faults or chosen is None:
        return _show(request, session, found, slug, filled, faults=faults, suggestion=suggestion)
    wanted = [one for one in lists if one.id in chosen]
    if needs_step(filled, form, wanted):
        return _show(request, session, found, slug, filled, page="step", challenge=_challenge(form, wanted, now))
    if stop := find_stop(request, session, found, wanted, filled, now):
        count_stopped(session, found.id, stop, now=now)
        faults.add("email", TOO_MANY)
        return _show(request, session, found, slug, filled, faults=faults)
    _ask(session, found, wanted, filled, lang, now)
    return _sent(found, lang)


def _sent(newsletter: Newsletter, lang: str) -> Response:
    keep = f"?lang={lang}" if lang != newsletter.language else ""
    return RedirectResponse(f"/n/{newsletter.slug}/join/sent{keep}", 303)


def _challenge(form: JoinForm, lists: list[MailingList], now: datetime) -> str:
    return make_challenge(now) if wants_proof(form, lists) else ""


def _ask(
    session: Session, newsletter: Newsletter, lists: list[MailingList], filled: Filled, lang: str, now: datetime
) -> None:
    form = read_join_form(newsletter.join_form)
    words = consent_words(newsletter, lists, lang)
    typed = Typed(
        address=filled.email,
        list_ids=tuple(one.id for one in lists),
        language=lang,
        text_version=keep_text(session, newsletter.workspace_id, words, lang, now),
        source=f"form /n/{newsletter.slug}/join",
        name=clean_line(filled.name) if form.asks_name else "",
        organisation=clean_line(filled.organisation) if form.asks_organisation else "",
        attributes=check_answers(form.fields, filled.answers, Faults(lang)),
        issue=filled.issue,
        via=filled.via,
    )
    ask(session, newsletter, typed, now=now)


def consent_words(newsletter: Newsletter, lists: list[MailingList], lang: str) -> str:
    """Return what the form says one agrees to."""
    names = ", ".join(one.name for one in lists)
    return get_translations(lang).gettext(CONSENT) % {
        "lists": names,
        "organisation": theme_of(newsletter).organisation,
    }


def _choices(session: Session, newsletter: Newsletter, slug: str) -> list[MailingList]:
    """Return the open lists of a newsletter, or the one that is asked for; a private one does not exist (case D10)."""
    lists = [one for one in default_lists(session, newsletter.id) if one.access != "private"]
    if slug:
        lists = [one for one in lists if one.slug == slug]
        if not lists:
            raise NotFoundError("There is no such list.")
    return [one for one in lists if one.access == "open"]


def _show(
    request: Request,
    session: Session,
    newsletter: Newsletter,
    slug: str,
    filled: Filled,
    *,
    faults: Faults | None = None,
    page: str = "join",
    suggestion: str = "",
    challenge: str = "",
) -> Response:
    lang = reader_language(request, newsletter.language)
    lists, faults = _choices(session, newsletter, slug), faults or Faults(lang)
    # A stamp of ours stays until it is too old, so that whoever mends a slip does not have to wait again.
    now = clock.now()
    age = stamp_age(filled.stamp, now)
    keeps = age is not None and age <= LATEST_SECONDS
    return render(
        request,
        f"subscriptions/{page}.html",
        lang=lang,
        headers=embedded_page() if page == "embed" else token_page(),
        status=faults.status,
        newsletter=newsletter,
        theme=theme_of(newsletter),
        action=f"/n/{newsletter.slug}/join" + (f"/to/{slug}" if slug else ""),
        form=read_join_form(newsletter.join_form),
        lists=lists,
        filled=filled,
        faults=faults,
        stamp=filled.stamp if keeps else sign("form", int(now.timestamp())),
        kept=filled.email if "email" in faults.by_field else filled.kept,
        suggestion=suggestion,
        challenge=challenge,
        trap=TRAP_FIELD,
        consent=consent_words(newsletter, lists, lang),
    )
