"""Deleting a draft: a page that asks, and says what is lost and who else is in there; what was in it can be kept.

Its form says which state of which draft was asked about: of another one the question is asked anew. A second press
ends where the first one did.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.errors import InvalidError, NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.issues.deleting import delete_draft, find_deletion, mark_state
from mailer.issues.editing import SENT_ALREADY, lock_draft
from mailer.issues.models import DRAFT, Issue
from mailer.issues.presence import list_present
from mailer.issues.queries import list_blocks
from mailer.issues.revisions import list_revisions
from mailer.issues.steps import find_undoable
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.numbers import Number
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/delete")

CHOOSE = mark("Choose one of these")


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
    found, now = get_newsletter(session, place.workspace.id, newsletter), clock.now()
    try:
        issue = lock_draft(session, find_issue(session, place, newsletter, number)[1].id)
    except NotFoundError:
        if find_deletion(session, found, number.replace("-", ":"), now=now) is None:
            raise
        return _go_to_list(place, found, number)
    faults = Faults(place.lang)
    if typed.get("state") != mark_state(issue):
        return _show(request, session, place, found, issue, typed, faults, has_changed=True)
    keep = typed.get("keep", "no" if not list_blocks(session, issue.id) else "")
    if keep not in {"yes", "no"}:
        faults.add("keep", CHOOSE)
        return _show(request, session, place, found, issue, typed, faults)
    keep_as = typed.get("saved_name", "") if keep == "yes" else None
    try:
        delete_draft(session, issue, keep_as=keep_as, actor=place.actor, now=now)
    except InvalidError as error:
        faults.take(error)
        return _show(request, session, place, found, issue, typed, faults)
    return _go_to_list(place, found, number)


def _go_to_list(place: Place, newsletter: Newsletter, number: str) -> Response:
    return RedirectResponse(f"{place.home}/n/{newsletter.slug}?deleted={number}", HTTPStatus.SEE_OTHER)


def _show(
    request: Request,
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    typed: dict[str, str],
    faults: Faults,
    *,
    has_changed: bool = False,
) -> Response:
    if issue.state != DRAFT:
        raise RefusedError(SENT_ALREADY)
    return render(
        request,
        "issues/delete.html",
        lang=place.lang,
        status=HTTPStatus.CONFLICT if has_changed else faults.status,
        place=place,
        newsletter=newsletter,
        issue=issue,
        state=mark_state(issue),
        has_changed=has_changed,
        blocks=len(list_blocks(session, issue.id)),
        versions=len(list_revisions(session, issue)),
        has_steps=find_undoable(session, issue.id) is not None,
        others=sorted({one.name for one in list_present(session, issue, place.user, clock.now())}),
        typed={"saved_name": f"{newsletter.name} {issue.number}"} | typed,
        faults=faults,
    )
