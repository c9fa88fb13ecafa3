"""My subscription. A newsletter's link only shows, and offers a fresh one, which goes to the mailbox and may change."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.limits import take
from mailer.mime.address import mask_address
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import find_newsletter_by_slug
from mailer.subscribers.link_requests import ask_for_link, send_own_link
from mailer.subscribers.managing import find_newsletter_of
from mailer.subscribers.models import Subscriber
from mailer.tokens import sign
from mailer.web.clients import client_network
from mailer.web.deps import DbSession, DeadLinkError
from mailer.web.forms import Faults
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import DEAD_LINK, get_reader_link, theme_of
from mailer.web.public.join_checks import EMPTY, NO_ADDRESS
from mailer.web.public.join_defence import HOUR, TOO_MANY

router = APIRouter()

MOST_LINKS_A_NETWORK = 20


@router.get("/m/{token}")
def show_from_newsletter(request: Request, session: DbSession, token: str, sent: str = "") -> Response:
    link = get_reader_link(session, "manage", token)
    return render(
        request,
        "subscriptions/mine.html",
        lang=reader_language(request, link.subscriber.language or link.newsletter.language),
        headers=token_page(),
        newsletter=link.newsletter,
        theme=theme_of(link.newsletter),
        address=mask_address(link.subscriber.address),
        places=list(zip(link.lists, link.subscriptions, strict=True)),
        has_left=link.has_left,
        leave_token=sign("leave", link.subscriber.id, link.dispatch.id, link.subscriber.link_generation),
        is_sent=bool(sent),
    )


@router.post("/m/{token}")
def send_fresh_link(request: Request, session: DbSession, token: str) -> Response:
    link = get_reader_link(session, "manage", token)
    lang = reader_language(request, link.subscriber.language or link.newsletter.language)
    send_own_link(session, link.subscriber, link.newsletter, lang, now=clock.now())
    return RedirectResponse(f"/m/{token}?sent=yes", 303)


@router.get("/min")
def show_ask_for_link(request: Request, session: DbSession, newsletter: str = "", sent: str = "") -> Response:
    return _ask_page(request, _find(session, newsletter), is_sent=bool(sent))


@router.post("/min")
def ask_for_own_link(
    request: Request,
    session: DbSession,
    email: Annotated[str, Form(max_length=320)] = "",
    newsletter: Annotated[str, Form(max_length=63)] = "",
) -> Response:
    found = _find(session, newsletter)
    lang = reader_language(request, found.language if found else "")
    faults = Faults(lang)
    if not email.strip():
        faults.add("email", EMPTY)
    elif not take("link to mine", client_network(request), at_most=MOST_LINKS_A_NETWORK, seconds=HOUR):
        faults.add("email", TOO_MANY)
    else:
        try:
            ask_for_link(session, found, email.strip(), lang, now=clock.now())
        except ValueError:
            faults.add("email", NO_ADDRESS)
    if faults:
        return _ask_page(request, found, faults=faults, email=email)
    return RedirectResponse(f"/min?sent=yes&newsletter={found.slug if found else ''}", 303)


def show_too_old(request: Request, session: Session, subscriber: Subscriber) -> Response:
    """Say that a link has expired, and offer a new one."""
    newsletter = find_newsletter_of(session, subscriber)
    if newsletter is None:
        raise DeadLinkError(DEAD_LINK)
    lang = reader_language(request, subscriber.language or newsletter.language)
    return _ask_page(request, newsletter, lang=lang, is_old=True)


def _ask_page(
    request: Request,
    newsletter: Newsletter | None,
    *,
    lang: str = "",
    faults: Faults | None = None,
    email: str = "",
    is_sent: bool = False,
    is_old: bool = False,
) -> Response:
    lang = lang or reader_language(request, newsletter.language if newsletter else "")
    faults = faults or Faults(lang)
    return render(
        request,
        "subscriptions/ask_link.html",
        lang=lang,
        headers=token_page(),
        status=410 if is_old else faults.status,
        newsletter=newsletter,
        theme=theme_of(newsletter) if newsletter else None,
        faults=faults,
        email=email,
        is_sent=is_sent,
        is_old=is_old,
        dead=DEAD_LINK,
    )


def _find(session: Session, slug: str) -> Newsletter | None:
    return find_newsletter_by_slug(session, slug) if slug else None
