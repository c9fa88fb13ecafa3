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
from mailer.limits import take
from mailer.lists.models import MailingList
from mailer.mime.address import parse_address
from mailer.newsletters.join_form import JoinForm, read_join_form
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import default_lists
from mailer.render.sanitise import clean_line
from mailer.subscribers.consent import keep_text
from mailer.subscribers.managing import LONGEST_NAME, LONGEST_ORGANISATION
from mailer.subscribers.requests import Typed, ask
from mailer.tokens import read_signed, sign
from mailer.web.clients import client_network
from mailer.web.deps import DbSession
from mailer.web.errors import error_page
from mailer.web.forms import Faults
from mailer.web.headers import embedded_page, token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_public_newsletter, theme_of
from mailer.web.public.join_fields import TRAP, Filled, read_filled

router = APIRouter()

SOONEST_SECONDS, LATEST_SECONDS = 3, 24 * 60 * 60
HOUR = 60 * 60
MOST_A_NETWORK, MOST_A_LIST = 10, 200

EMPTY = mark("Enter your email address")
NO_AT = mark("Enter an email address with an @, like name@example.com")
NO_ADDRESS = mark("This is not an email address. Check the spelling.")
NO_LIST = mark("Choose at least one mailing")
NAME_LONG = mark("Name must be 80 characters or fewer")
ORGANISATION_LONG = mark("Organisation must be 120 characters or fewer")
ANSWER = mark("Answer this, or choose one of the answers")
AGAIN = mark("We could not accept the form. Press Send again.")
TOO_LATE = mark("The page was open too long. Your answers are still here – press Send again.")
TOO_MANY = mark("Too many attempts. Wait 15 minutes and try again.")
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
    faults = Faults(lang)
    typed = _check(filled, lists, read_join_form(found.join_form), faults)
    if not faults and typed is not None and not filled.trap:
        _judge_time(filled, faults, now)
        if not faults and not _has_room(request, lists):
            faults.add("email", TOO_MANY)
    if faults or typed is None:
        return _show(request, session, found, slug, filled, faults=faults)
    if not filled.trap:
        chosen = [one for one in lists if one.id in typed]
        _ask(session, found, chosen, filled, lang, now)
    keep = f"?lang={lang}" if lang != found.language else ""
    return RedirectResponse(f"/n/{found.slug}/join/sent{keep}", 303)


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
        attributes={one.key: one.read(filled.answers.get(one.key, "")) for one in form.fields},
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


def _check(filled: Filled, lists: list[MailingList], form: JoinForm, faults: Faults) -> set[int] | None:
    """Note every fault; return the ids of the lists that were chosen."""
    address = filled.email.strip()
    filled.email = address
    if not address:
        faults.add("email", EMPTY)
    elif "@" not in address:
        faults.add("email", NO_AT)
    else:
        try:
            parse_address(address)
        except ValueError:
            faults.add("email", NO_ADDRESS)
    for name, value, most, words in (
        ("name", filled.name, LONGEST_NAME, NAME_LONG),
        ("organisation", filled.organisation, LONGEST_ORGANISATION, ORGANISATION_LONG),
    ):
        if len(value) > most or not value.isprintable():
            faults.add(name, words)
    for one in form.fields:
        try:
            one.read(filled.answers.get(one.key, ""))
        except ValueError:
            faults.add(f"a.{one.key}", ANSWER)
    chosen = {lists[0].id} if len(lists) == 1 else {one.id for one in lists} & set(filled.lists)
    if lists and not chosen:
        faults.add("list", NO_LIST)
    return chosen or None


def _judge_time(filled: Filled, faults: Faults, now: datetime) -> None:
    """Ask to press again when the form was filled in faster than a person can, or shown too long ago, or not by us."""
    try:
        (shown,) = read_signed("form", filled.stamp, 1)
    except NotFoundError:
        faults.add("send", AGAIN)
        return
    age = int(now.timestamp()) - shown
    if age > LATEST_SECONDS:
        faults.add("send", TOO_LATE)
    elif age < SOONEST_SECONDS:
        faults.add("send", AGAIN)


def _has_room(request: Request, lists: list[MailingList]) -> bool:
    network = client_network(request)
    room = take("join from", network, at_most=MOST_A_NETWORK, seconds=HOUR)
    return room and all(take("join list", str(one.id), at_most=MOST_A_LIST, seconds=HOUR) for one in lists[:1])


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
) -> Response:
    lang = reader_language(request, newsletter.language)
    lists, faults = _choices(session, newsletter, slug), faults or Faults(lang)
    # A stamp that was too fresh stays, so that the second press is old enough; one too old or not ours is made anew.
    keeps = faults.by_field.get("send") == get_translations(lang).gettext(AGAIN) and _is_ours(filled.stamp)
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
        stamp=filled.stamp if keeps else sign("form", int(clock.now().timestamp())),
        trap=TRAP,
        consent=consent_words(newsletter, lists, lang),
    )


def _is_ours(stamp: str) -> bool:
    try:
        return bool(read_signed("form", stamp, 1))
    except NotFoundError:
        return False
