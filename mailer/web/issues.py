"""An issue as members see it: its facts, its previews, what was sent of it, and where it can go."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from mailer import clock
from mailer.archive.published import list_versions
from mailer.archive.sendings import list_sendings
from mailer.issues.deleting import find_deletion
from mailer.issues.queries import find_issue, get_issue, parse_number, search_issues
from mailer.newsletters.queries import get_newsletter
from mailer.polls.counting import list_results
from mailer.web.choices import list_choices
from mailer.web.deps import DbSession, InWorkspace
from mailer.web.numbers import Number
from mailer.web.pages import render
from mailer.web.previews import make_preview

router = APIRouter(prefix="/app/{workspace}")

View = Literal["desktop", "phone", "text", "web"]


@router.get("/n/{newsletter}")
def list_all(
    request: Request,
    session: DbSession,
    place: InWorkspace,
    newsletter: str,
    q: Annotated[str, Query(max_length=100)] = "",
    deleted: Annotated[str, Query(pattern=r"^(\d{4}-\d{1,4})?$")] = "",
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    is_gone = bool(deleted) and find_issue(session, found.id, *parse_number(deleted)) is None
    deletion = find_deletion(session, found, deleted.replace("-", ":"), now=clock.now()) if is_gone else None
    return render(
        request,
        "issues/issues.html",
        lang=place.lang,
        place=place,
        newsletter=found,
        query=q,
        deletion=deletion,
        issues=search_issues(session, found.id, q),
    )


@router.get("/n/{newsletter}/{number}")
def show_issue(
    request: Request,
    session: DbSession,
    place: InWorkspace,
    newsletter: str,
    number: Number,
    view: Annotated[View, Query()] = "desktop",
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    issue = get_issue(session, place.workspace.id, newsletter, number)
    if not request.scope["path"].endswith(number):  # the composer's links name it by its id
        return RedirectResponse(f"{place.home}/n/{found.slug}/{number}", HTTPStatus.SEE_OTHER)
    return render(
        request,
        "issues/issue.html",
        lang=place.lang,
        place=place,
        newsletter=found,
        issue=issue,
        view=view,
        text=make_preview(found, issue).text if view == "text" else "",
        versions=list_versions(session, issue.id),
        results=list(list_results(session, issue.id, with_people=place.may_write).values()),
        sendings=list_sendings(session, place.workspace.id, issue_id=issue.id),
        choices=list_choices(session, issue, now=clock.now()),
    )
