"""Telling a colleague about an issue: links, a QR code, a mail of the reader's own, and, where allowed, one by us."""

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.errors import InvalidError
from mailer.i18n import mark
from mailer.issues.queries import Published
from mailer.limits import take
from mailer.shares.counting import count_shared
from mailer.shares.tell import draw_qr, write_told
from mailer.shares.tipping import ask_tipper, find_tippable
from mailer.shares.tips import LONGEST_MESSAGE, check_tip
from mailer.web.clients import client_network
from mailer.web.deps import DbSession
from mailer.web.forms import Faults
from mailer.web.headers import FIVE_MINUTES, public_page, token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_shown_issue, theme_of
from mailer.web.public.join_defence import HOUR, TOO_MANY
from mailer.web.public.shelf import OnShelf

router = APIRouter()

MOST_VISITS_A_NETWORK, MOST_TIPS_A_NETWORK = 60, 10  # an hour; an office is one network
_PROGRAM = re.compile(r"bot|crawl|spider|slurp|preview|scan|monitor|headless|python|curl|wget|^$", re.IGNORECASE)
SWITCHED_OFF = mark("This newsletter sends no tips. Write an email of your own instead.")


@router.get("/n/{newsletter}/{number}/tell")
def show_tell(request: Request, session: DbSession, shelf: OnShelf, number: str, sent: str = "") -> Response:
    found = get_shown_issue(session, shelf.newsletter.slug, number)
    return _show(request, session, found, {}, is_sent=bool(sent))


@router.get("/n/{newsletter}/{number}/qr.svg")
def show_qr(session: DbSession, shelf: OnShelf, number: str) -> Response:
    found = get_shown_issue(session, shelf.newsletter.slug, number)
    svg = draw_qr(found.newsletter.slug, found.issue.path_number)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": FIVE_MINUTES})


@router.post("/n/{newsletter}/{number}/visit")
def note_visit(
    request: Request,
    session: DbSession,
    shelf: OnShelf,
    number: str,
    via: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Count that a person looks at an issue; programs, and a network that looks again and again, do not count (F5)."""
    found = get_shown_issue(session, shelf.newsletter.slug, number)
    is_program = _PROGRAM.search(request.headers.get("user-agent", "")) or "sec-purpose" in request.headers
    seen = f"{client_network(request)} {found.issue.id}"
    if not is_program and take("visit", seen, at_most=MOST_VISITS_A_NETWORK, seconds=HOUR):
        count_shared(session, found.issue, via, "visits", now=clock.now())
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/n/{newsletter}/{number}/tell")
def tip(
    request: Request,
    session: DbSession,
    shelf: OnShelf,
    number: str,
    tipper: Annotated[str, Form(max_length=500)] = "",
    name: Annotated[str, Form(max_length=500)] = "",
    colleague: Annotated[str, Form(max_length=500)] = "",
    message: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Ask the tipper's own mailbox; nothing goes to the colleague before that answers (case E2)."""
    found = get_shown_issue(session, shelf.newsletter.slug, number)
    lang = reader_language(request, found.newsletter.language)
    typed = {"tipper": tipper, "name": name, "colleague": colleague, "message": message}
    faults = Faults(lang)
    try:
        checked = check_tip(found.issue.id, **typed, language=lang)
    except InvalidError as error:
        faults.take(error)
    if find_tippable(session, found.issue.id) is None:
        faults.add("tipper", SWITCHED_OFF)
    elif not faults and not take("tips from", client_network(request), at_most=MOST_TIPS_A_NETWORK, seconds=HOUR):
        faults.add("tipper", TOO_MANY)
    if faults:
        return _show(request, session, found, typed, faults=faults)
    ask_tipper(session, found.newsletter, found.issue, checked, now=clock.now())
    return RedirectResponse(f"{shelf.root}{number}/tell?sent=yes#tip", HTTPStatus.SEE_OTHER)


def _show(
    request: Request,
    session: Session,
    found: Published,
    typed: dict[str, str],
    *,
    faults: Faults | None = None,
    is_sent: bool = False,
) -> Response:
    lang = reader_language(request, found.newsletter.language)
    faults = faults or Faults(lang)
    return render(
        request,
        "shares/tell.html",
        lang=lang,
        headers=(token_page() if faults else public_page()) | {"X-Robots-Tag": "noindex"},
        status=faults.status,
        newsletter=found.newsletter,
        theme=theme_of(found.newsletter),
        issue=found.issue,
        told=write_told(found.newsletter.slug, found.issue.path_number, found.issue.subject, lang),
        may_tip=find_tippable(session, found.issue.id) is not None,
        typed={"tipper": "", "name": "", "colleague": "", "message": ""} | typed,
        longest_message=LONGEST_MESSAGE,
        faults=faults,
        is_sent=is_sent,
    )
