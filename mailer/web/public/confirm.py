"""Confirming a subscription: the page asks, the button says yes or no. Opening the link changes nothing."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import clock
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter
from mailer.shares.counting import count_join
from mailer.subscribers.models import CONFIRMED, MAILED, JoinRequest
from mailer.subscribers.requests import LIFE, ask_again, confirm, has_left_since, refuse
from mailer.tokens import is_older, read_signed
from mailer.web.deps import DbSession, DeadLinkError
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import DEAD_LINK, dead_links, theme_of

router = APIRouter()


@router.get("/c/{token}")
def ask_to_confirm(request: Request, session: DbSession, token: str, done: str = "") -> Response:
    newsletter, join_request, is_old = _open(session, token, clock.now())
    return _show(request, session, newsletter, join_request, done or _state(session, join_request, is_old=is_old))


@router.post("/c/{token}")
def answer(request: Request, session: DbSession, token: str, say: Annotated[str, Form(max_length=8)] = "") -> Response:
    """Say yes, no, or that a new mail is wanted; pressing twice is the same as pressing once."""
    now = clock.now()
    newsletter, join_request, is_old = _open(session, token, now)
    state = _state(session, join_request, is_old=is_old)
    if say == "yes" and join_request and state == "ask":
        if confirm(session, join_request, now=now):
            count_join(session, newsletter, join_request.issue, join_request.via, now=now)
        return RedirectResponse(f"/c/{token}?done=joined", 303)
    if say == "no" and join_request and state == "ask":
        refuse(session, join_request, now=now)
        return RedirectResponse(f"/c/{token}", 303)
    if say == "again" and join_request and state in {"old", "left"}:
        ask_again(session, join_request, now=now)
        return RedirectResponse(f"/n/{newsletter.slug}/join/sent", 303)
    return _show(request, session, newsletter, join_request, state, status=200 if state != "ask" else 400)


def _open(session: Session, token: str, now: datetime) -> tuple[Newsletter, JoinRequest | None, bool]:
    with dead_links():
        request_id, newsletter_id, minutes = read_signed("confirm", token, 3)
    newsletter = session.get(Newsletter, newsletter_id)
    if newsletter is None:
        raise DeadLinkError(DEAD_LINK)
    return newsletter, session.get(JoinRequest, request_id), is_older(minutes, LIFE, now)


def _state(session: Session, request: JoinRequest | None, *, is_old: bool) -> str:
    """Return what the page shows: ask, already, left, old, refused."""
    if request is None:
        return "old"
    if request.state in {CONFIRMED, MAILED}:
        if has_left_since(session, request):
            return "left"
        return "already" if request.state == CONFIRMED else "old" if is_old else "ask"
    return "refused"


def _show(
    request: Request,
    session: Session,
    newsletter: Newsletter,
    join_request: JoinRequest | None,
    state: str,
    *,
    status: int = 200,
) -> Response:
    ids = join_request.list_ids if join_request else []
    known = state if state in {"ask", "already", "left", "old", "refused", "joined"} else "already"
    if known == "joined" and (join_request is None or join_request.state != CONFIRMED):
        known = "old"
    return render(
        request,
        "subscriptions/confirm.html",
        lang=reader_language(request, join_request.language if join_request else newsletter.language),
        headers=token_page(),
        status=status,
        newsletter=newsletter,
        theme=theme_of(newsletter),
        lists=session.scalars(select(MailingList).where(MailingList.id.in_(ids)).order_by(MailingList.name)).all(),
        state=known,
        has_request=join_request is not None,
    )
