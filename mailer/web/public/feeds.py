"""Feeds, the calendar of all events, the sitemap and robots.txt: what programs fetch again and again."""

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import links
from mailer.archive.feeds import MOST_ENTRIES, Entry, join_calendars, write_atom, write_json_feed, write_sitemap
from mailer.archive.published import list_shown, list_versions, read_shown
from mailer.blocks.calendar import has_calendar
from mailer.issues.calendars import write_issue_calendar
from mailer.issues.document import parse_document
from mailer.issues.models import Issue
from mailer.issues.queries import get_first_snapshot
from mailer.newsletters.models import PUBLIC, Newsletter
from mailer.newsletters.theme import Theme
from mailer.web.deps import DbSession
from mailer.web.headers import FIVE_MINUTES
from mailer.web.public.finding import theme_of
from mailer.web.public.shelf import OnShelf, Shelf

router = APIRouter()

_HEADERS = {"Cache-Control": FIVE_MINUTES}


@router.get("/n/{newsletter}/feed.atom")
@router.get("/r/{token}/feed.atom")
def show_atom(session: DbSession, shelf: OnShelf) -> Response:
    organisation = theme_of(shelf.newsletter).organisation
    feed = write_atom(shelf.newsletter, shelf.url, organisation, _entries(session, shelf))
    return _answer(shelf, feed.encode(), "application/atom+xml; charset=utf-8")


@router.get("/n/{newsletter}/feed.json")
@router.get("/r/{token}/feed.json")
def show_json_feed(session: DbSession, shelf: OnShelf) -> Response:
    organisation = theme_of(shelf.newsletter).organisation
    feed = write_json_feed(shelf.newsletter, shelf.url, organisation, _entries(session, shelf))
    return _answer(shelf, feed.encode(), "application/feed+json; charset=utf-8")


@router.get("/n/{newsletter}/events.ics")
@router.get("/r/{token}/events.ics")
def show_events(session: DbSession, shelf: OnShelf) -> Response:
    """Show every event of every issue in one calendar, to which a calendar program can subscribe."""
    found = shelf.newsletter
    calendars = [one for issue in list_shown(session, found.id) for one in _calendars(session, found, issue)]
    return _answer(shelf, join_calendars(found.name, calendars), "text/calendar; charset=utf-8")


@router.get("/sitemap.xml")
def show_sitemap(session: DbSession) -> Response:
    pages = []
    listed = select(Newsletter).where(Newsletter.archive_access == PUBLIC).order_by(Newsletter.slug)
    for newsletter in session.scalars(listed):
        issues = list_shown(session, newsletter.id)
        pages.append((links.archive_url(newsletter.slug), issues[0].sent_at if issues else None))
        pages += [(links.issue_url(newsletter.slug, one.path_number), one.sent_at) for one in issues]
    return _answer(None, write_sitemap(pages).encode(), "application/xml; charset=utf-8")


@router.get("/robots.txt")
def show_robots() -> Response:
    rules = "".join(f"Disallow: {path}\n" for path in ("/app", "/u/", "/m/", "/min", "/c/", "/r/"))
    text = f"User-agent: *\n{rules}Sitemap: {links.absolute('/sitemap.xml')}\n"
    return Response(text, media_type="text/plain", headers=_HEADERS)


def _entries(session: Session, shelf: Shelf) -> list[Entry]:
    entries = []
    for issue in list_shown(session, shelf.newsletter.id)[:MOST_ENTRIES]:
        snapshot = get_first_snapshot(session, issue.id)
        versions = list_versions(session, issue.id)
        changed_at = versions[0].created_at if versions else issue.sent_at or snapshot.created_at
        web = read_shown(session, issue.id, snapshot.web).web
        entries.append(Entry(issue, shelf.lead_here(web), changed_at))
    return entries


def _calendars(session: Session, newsletter: Newsletter, issue: Issue) -> list[bytes]:
    snapshot = get_first_snapshot(session, issue.id)
    document, theme = parse_document(snapshot.document), Theme.model_validate(snapshot.identity["theme"])
    url = links.issue_url(newsletter.slug, issue.path_number)
    return [
        write_issue_calendar(document, theme, url, block.id, stamp=snapshot.created_at)
        for block in document.blocks
        if not block.audience and has_calendar(block.data)
    ]


def _answer(shelf: Shelf | None, octets: bytes, media_type: str) -> Response:
    headers = _HEADERS if shelf is None or not shelf.is_personal else shelf.headers
    return Response(octets, media_type=media_type, headers=headers)
