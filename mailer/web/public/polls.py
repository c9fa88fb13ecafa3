"""Answering a poll by the link in a mail: the page asks, its button answers. Opening the link changes nothing."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.mime.address import mask_address
from mailer.polls.asking import Asked, open_answer
from mailer.polls.counting import list_results
from mailer.polls.voting import cast_vote
from mailer.web.deps import DbSession
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import dead_links, theme_of

router = APIRouter(prefix="/svar")

State = Literal["ask", "thanks", "changed", "closed"]


@router.get("/{token}/{block}/{answer}")
def ask_to_answer(request: Request, session: DbSession, token: str, block: str, answer: str) -> Response:
    with dead_links():
        asked = open_answer(session, token, block, answer)
    return _show(request, session, "ask" if asked.is_open(clock.now()) else "closed", asked, token)


@router.post("/{token}/{block}/{answer}")
def give_answer(request: Request, session: DbSession, token: str, block: str, answer: str) -> Response:
    with dead_links():
        asked = open_answer(session, token, block, answer)
    if not asked.is_open(clock.now()):
        return _show(request, session, "closed", asked, token, status=HTTPStatus.CONFLICT)
    is_first = cast_vote(session, asked)
    return _show(request, session, "thanks" if is_first else "changed", asked, token)


def _show(
    request: Request, session: Session, state: State, asked: Asked, token: str, *, status: int = HTTPStatus.OK
) -> Response:
    link = asked.link
    return render(
        request,
        "polls/answer.html",
        lang=reader_language(request, link.subscriber.language or link.newsletter.language),
        headers=token_page(),
        status=status,
        newsletter=link.newsletter,
        theme=theme_of(link.newsletter),
        issue=link.issue,
        state=state,
        asked=asked,
        # Before answering, nobody is led by the others.
        result=None if state == "ask" else list_results(session, link.issue.id)[asked.block],
        address=mask_address(link.subscriber.address),
        answers_at=f"/svar/{token}/{asked.block}",
    )
