"""Confirming a new address, from the mail to it. Opening the link changes nothing."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.newsletters.models import Newsletter
from mailer.subscribers.addresses import confirm_change, open_change
from mailer.subscribers.models import AddressChange, Subscriber
from mailer.web.deps import DbSession
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import dead_links, theme_of

router = APIRouter()


@router.get("/address/{token}")
def ask_to_change(request: Request, session: DbSession, token: str) -> Response:
    change, subscriber = _open(session, token)
    return _show(request, session, change, subscriber, is_done=False)


@router.post("/address/{token}")
def change(request: Request, session: DbSession, token: str) -> Response:
    wish, subscriber = _open(session, token)
    present = confirm_change(session, wish, subscriber, now=clock.now())
    return _show(request, session, wish, present, is_done=True)


def _open(session: Session, token: str) -> tuple[AddressChange, Subscriber]:
    with dead_links():
        return open_change(session, token, clock.now())


def _show(
    request: Request, session: Session, change: AddressChange, subscriber: Subscriber, *, is_done: bool
) -> Response:
    newsletter = session.get_one(Newsletter, change.newsletter_id)
    return render(
        request,
        "subscriptions/address.html",
        lang=reader_language(request, subscriber.language or newsletter.language),
        headers=token_page(),
        newsletter=newsletter,
        theme=theme_of(newsletter),
        address=change.address,
        is_done=is_done,
    )
