"""Giving a draft another number: a page that asks for it, and says who else has the draft open."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.errors import InvalidError, RefusedError
from mailer.issues.editing import SENT_ALREADY
from mailer.issues.models import DRAFT, Issue
from mailer.issues.numbers import renumber_draft
from mailer.issues.presence import list_present
from mailer.issues.starting import propose_number
from mailer.newsletters.models import Newsletter
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue, go_to_composer
from mailer.web.errors import say
from mailer.web.forms import Faults
from mailer.web.numbers import Number
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/number")


@router.get("")
def ask_for_number(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    return _show(request, session, place, found, issue, issue.number, Faults(place.lang))


@router.post("")
def renumber(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    typed: Annotated[str, Form(alias="number", max_length=40)] = "",
    is_year_right: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    faults = Faults(place.lang)
    told = {"actor": place.actor, "now": clock.now()}
    try:
        renumber_draft(session, issue, typed.strip(), is_year_right=bool(is_year_right), **told)  # type: ignore[arg-type]  # as named above
    except InvalidError as error:
        faults.take(error)
    except RefusedError as error:
        faults.note("number", say(error, place.lang))
    if faults:
        return _show(request, session, place, found, issue, typed, faults, is_year_right=bool(is_year_right))
    return go_to_composer(place, found, issue)


def _show(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    typed: str,
    faults: Faults,
    *,
    is_year_right: bool = False,
) -> Response:
    if issue.state != DRAFT:
        raise RefusedError(SENT_ALREADY)
    return render(
        request,
        "issues/number.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        typed=typed,
        is_year_right=is_year_right,
        proposed=propose_number(session, newsletter, now=clock.now()),
        others=sorted({one.name for one in list_present(session, issue, place.user, clock.now())}),
        faults=faults,
    )
