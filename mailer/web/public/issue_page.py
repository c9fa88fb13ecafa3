"""The web version of a sent issue, and its calendar files."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from mailer import clock, links
from mailer.archive.page import mark_closed_calls, read_page
from mailer.archive.published import list_shown, read_shown
from mailer.archive.shelves import find_neighbours
from mailer.issues.calendars import write_issue_calendar
from mailer.issues.document import parse_document
from mailer.issues.queries import Published
from mailer.newsletters.theme import Theme
from mailer.polls.counting import list_results
from mailer.polls.showing import has_polls, show_results
from mailer.shares.channels import read_via
from mailer.web.deps import DbSession
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_public_issue, get_shown_issue, theme_of
from mailer.web.public.shelf import OnShelf, Shelf

router = APIRouter()


@router.get("/n/{newsletter}/{number}")
@router.get("/r/{token}/{number}")
def show_issue(request: Request, session: DbSession, shelf: OnShelf, number: str, via: str = "") -> Response:
    found = get_public_issue(session, shelf.newsletter.slug, number)
    if found.issue.withdrawn_at:
        return _show_withdrawn(request, shelf, found)
    shown = read_shown(session, found.issue.id, found.snapshot.web)
    web = mark_closed_calls(shelf.lead_here(shown.web), found.issue.language, now=clock.now())
    if has_polls(web):
        web = show_results(web, list_results(session, found.issue.id), found.issue.language)
    return render(
        request,
        "archive/issue.html",
        lang=reader_language(request, found.newsletter.language),
        headers=shelf.headers,
        shelf=shelf,
        newsletter=found.newsletter,
        theme=theme_of(found.newsletter),
        issue=found.issue,
        body=Markup(web),  # noqa: S704 rendered by our autoescaping templates and frozen
        facts=read_page(shown.web, found.issue.preheader),
        corrections=shown.corrections,
        neighbours=find_neighbours(list_shown(session, found.newsletter.id), found.issue),
        canonical=links.issue_url(found.newsletter.slug, found.issue.path_number),
        is_preview=False,
        via="" if shelf.is_personal else read_via(via),
    )


def _show_withdrawn(request: Request, shelf: Shelf, found: Published) -> Response:
    """Say that an issue was taken back, when and why (RFC 9110 §15.5.11)."""
    return render(
        request,
        "archive/withdrawn.html",
        lang=reader_language(request, found.newsletter.language),
        headers=shelf.headers | {"X-Robots-Tag": "noindex"},
        status=410,
        shelf=shelf,
        newsletter=found.newsletter,
        theme=theme_of(found.newsletter),
        issue=found.issue,
    )


@router.get("/n/{newsletter}/{number}/{block}.ics")
@router.get("/r/{token}/{number}/{block}.ics")
def show_calendar(session: DbSession, shelf: OnShelf, number: str, block: str) -> Response:
    """Show the file of an event; no reader's link stands in it, since meetings are passed on."""
    found = get_shown_issue(session, shelf.newsletter.slug, number)
    calendar = write_issue_calendar(
        parse_document(found.snapshot.document),
        Theme.model_validate(found.snapshot.identity["theme"]),
        links.issue_url(found.newsletter.slug, found.issue.path_number),
        block,
        stamp=found.snapshot.created_at,
    )
    name = f"{found.newsletter.slug}-{found.issue.path_number}.ics"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": shelf.headers["Cache-Control"],
    }
    return Response(calendar, media_type="text/calendar; charset=utf-8", headers=headers)
