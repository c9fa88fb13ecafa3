"""What the handlers of the composer share: the issue that an address names, and the way back to it."""

from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer.issues.models import Issue
from mailer.issues.queries import get_issue
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
from mailer.web.deps import Place


def find_issue(session: Session, place: Place, newsletter: str, number: str) -> tuple[Newsletter, Issue]:
    """Return what an address names in the member's workspace; NotFoundError when it is not there."""
    found = get_newsletter(session, place.workspace.id, newsletter)
    return found, get_issue(session, place.workspace.id, newsletter, number)


def go_to_composer(place: Place, newsletter: Newsletter, issue: Issue, block: str = "") -> Response:
    path = f"{place.home}/n/{newsletter.slug}/{issue.path_number}/edit"
    return RedirectResponse(f"{path}#b-{block}" if block else path, HTTPStatus.SEE_OTHER)
