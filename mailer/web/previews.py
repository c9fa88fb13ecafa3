"""Previews of an issue: what a draft would look like now, and what a sent issue looked like when it went out."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from mailer import links
from mailer.archive.page import read_page
from mailer.archive.record import find_sent_web, show_sent_mail
from mailer.archive.shelves import Neighbours
from mailer.db import transaction
from mailer.issues.models import SENT, Issue
from mailer.issues.preview import preview_issue
from mailer.issues.queries import get_issue
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
from mailer.web.deps import DbSession, InWorkspace
from mailer.web.frames import frame_mail
from mailer.web.headers import framed_mail, framed_page
from mailer.web.numbers import Number
from mailer.web.pages import render
from mailer.web.public.finding import theme_of

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/preview")


@dataclass(frozen=True)
class Preview:
    html: str
    text: str
    web: str


def make_preview(newsletter: Newsletter, issue: Issue) -> Preview:
    """Return the three forms. A draft is composed in a transaction of its own, which may store resized images."""
    with transaction() as session:
        if issue.state == SENT:
            mail = show_sent_mail(session, issue.id, links.issue_url(newsletter.slug, issue.path_number))
            return Preview(mail.html, mail.text, find_sent_web(session, issue.id))
        composed = preview_issue(session, newsletter, issue)
        return Preview(composed.html, composed.text, composed.web)


@router.get("/mail")
def preview_mail(session: DbSession, place: InWorkspace, newsletter: str, number: Number) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    issue = get_issue(session, place.workspace.id, newsletter, number)
    return HTMLResponse(frame_mail(make_preview(found, issue).html), headers=framed_mail())


@router.get("/web")
def preview_web(request: Request, session: DbSession, place: InWorkspace, newsletter: str, number: Number) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    issue = get_issue(session, place.workspace.id, newsletter, number)
    web = make_preview(found, issue).web
    return render(
        request,
        "archive/issue.html",
        lang=found.language,
        headers=framed_page(),
        newsletter=found,
        theme=theme_of(found),
        issue=issue,
        body=Markup(web),  # noqa: S704 rendered by our autoescaping templates
        facts=read_page(web, issue.preheader),
        neighbours=Neighbours(None, None),
        canonical=links.issue_url(found.slug, issue.path_number),
        corrections=(),
        is_preview=True,
        via="",
    )
