"""Sending a tip from the tipper's own mailbox, and wanting no tips. Opening a link changes nothing."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import clock
from mailer.issues.models import Issue
from mailer.mime.address import mask_address
from mailer.newsletters.models import Newsletter
from mailer.shares.tipping import block_tips, find_tippable, open_block_link, send_tip
from mailer.shares.tips import TypedTip, open_tip
from mailer.web.deps import DbSession, DeadLinkError
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import DEAD_LINK, dead_links, theme_of

router = APIRouter()


@router.get("/tip/{sealed}")
def ask_to_send(request: Request, session: DbSession, sealed: str, sent: str = "") -> Response:
    tip, issue, newsletter = _open(session, sealed)
    return render(
        request,
        "shares/tip.html",
        lang=reader_language(request, tip.language),
        headers=token_page(),
        newsletter=newsletter,
        theme=theme_of(newsletter),
        issue=issue,
        tip=tip,
        masked=mask_address(tip.colleague),
        is_sent=bool(sent),
    )


@router.post("/tip/{sealed}")
def send(session: DbSession, sealed: str) -> Response:
    """Send it; the answer is the same when the colleague wants none, or has it already (cases E6, E7)."""
    tip, issue, newsletter = _open(session, sealed)
    send_tip(session, issue, newsletter, tip, now=clock.now())
    return RedirectResponse(f"/tip/{sealed}?sent=yes", HTTPStatus.SEE_OTHER)


@router.get("/no-tips/{token}")
def ask_to_block(request: Request, session: DbSession, token: str, done: str = "") -> Response:
    with dead_links():
        workspace_id, _key = open_block_link(token)
    wanted = select(Newsletter).where(Newsletter.workspace_id == workspace_id).order_by(Newsletter.id)
    newsletter = session.scalar(wanted.limit(1))
    if newsletter is None:
        raise DeadLinkError(DEAD_LINK)
    return render(
        request,
        "shares/no_tips.html",
        lang=reader_language(request, newsletter.language),
        headers=token_page(),
        newsletter=newsletter,
        theme=theme_of(newsletter),
        is_done=bool(done),
    )


@router.post("/no-tips/{token}")
def block(session: DbSession, token: str) -> Response:
    with dead_links():
        block_tips(session, token, now=clock.now())
    return RedirectResponse(f"/no-tips/{token}?done=yes", HTTPStatus.SEE_OTHER)


def _open(session: Session, sealed: str) -> tuple[TypedTip, Issue, Newsletter]:
    with dead_links():
        tip = open_tip(sealed, clock.now())
    found = find_tippable(session, tip.issue_id)
    if found is None:
        raise DeadLinkError(DEAD_LINK)
    return tip, *found
