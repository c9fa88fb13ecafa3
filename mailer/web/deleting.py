"""Deleting a draft: a page that asks, and says what is lost and who else is in there; what was in it can be kept."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.errors import InvalidError, RefusedError
from mailer.issues.deleting import delete_draft
from mailer.issues.editing import SENT_ALREADY
from mailer.issues.models import DRAFT, Issue
from mailer.issues.presence import list_present
from mailer.issues.queries import list_blocks
from mailer.issues.revisions import list_revisions
from mailer.newsletters.models import Newsletter
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.numbers import Number
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/delete")


@router.get("")
def ask_to_delete(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    return _show(request, session, place, found, issue, {}, Faults(place.lang))


@router.post("")
def delete(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    gone = issue.path_number
    keep_as = typed.get("saved_name", "") if typed.get("keep") else None
    try:
        delete_draft(session, issue, keep_as=keep_as, actor=place.actor, now=clock.now())
    except InvalidError as error:
        faults = Faults(place.lang)
        faults.take(error)
        return _show(request, session, place, found, issue, typed, faults)
    return RedirectResponse(f"{place.home}/n/{found.slug}?deleted={gone}", 303)


def _show(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    typed: dict[str, str],
    faults: Faults,
) -> Response:
    if issue.state != DRAFT:
        raise RefusedError(SENT_ALREADY)
    return render(
        request,
        "issues/delete.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        blocks=len(list_blocks(session, issue.id)),
        versions=len(list_revisions(session, issue)),
        others=sorted({one.name for one in list_present(session, issue, place.user, clock.now())}),
        typed={"saved_name": f"{newsletter.name} {issue.number}"} | typed,
        faults=faults,
    )
