"""Taking back a leaving within a day, and saying why one left. Opening the link changes nothing."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import clock
from mailer.newsletters.models import Newsletter
from mailer.subscribers.leaving import REASONS, give_reason, undo_leaving
from mailer.subscribers.managing import find_newsletter_of
from mailer.subscribers.models import Subscriber
from mailer.tokens import read_signed
from mailer.web.deps import DbSession, DeadLinkError
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import DEAD_LINK, dead_links, theme_of

router = APIRouter()


@router.get("/undo/{token}")
def ask_to_undo(request: Request, session: DbSession, token: str) -> Response:
    subscriber, newsletter, _ = _open(session, token)
    return _show(request, "ask", subscriber, newsletter, token)


@router.post("/undo/{token}")
def undo(request: Request, session: DbSession, token: str) -> Response:
    subscriber, newsletter, left_at = _open(session, token)
    undone = undo_leaving(session, subscriber, left_at, now=clock.now())
    return _show(request, "done" if undone else "late", subscriber, newsletter, token)


@router.post("/undo/{token}/reason")
def tell_reason(
    request: Request, session: DbSession, token: str, reason: Annotated[str, Form(max_length=16)] = ""
) -> Response:
    subscriber, newsletter, left_at = _open(session, token)
    if reason in REASONS:
        give_reason(session, subscriber, left_at, reason)
    return _show(request, "thanks", subscriber, newsletter, token)


def _open(session: Session, token: str) -> tuple[Subscriber, Newsletter, datetime]:
    with dead_links():
        subscriber_id, generation, second = read_signed("undo", token, 3)
    subscriber = session.scalar(
        select(Subscriber).where(Subscriber.id == subscriber_id, Subscriber.link_generation == generation)
    )
    newsletter = find_newsletter_of(session, subscriber) if subscriber else None
    if subscriber is None or newsletter is None:
        raise DeadLinkError(DEAD_LINK)
    return subscriber, newsletter, datetime.fromtimestamp(second, UTC)


def _show(request: Request, state: str, subscriber: Subscriber, newsletter: Newsletter, token: str) -> Response:
    return render(
        request,
        "subscriptions/undo.html",
        lang=reader_language(request, subscriber.language or newsletter.language),
        headers=token_page(),
        newsletter=newsletter,
        theme=theme_of(newsletter),
        state=state,
        token=token,
    )
