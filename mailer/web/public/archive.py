"""The archive of a newsletter: its sent issues by year, searching them, and the newsletter's own colours."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from mailer.archive.published import list_shown
from mailer.archive.search import LONGEST_QUERY, search_issues
from mailer.archive.shelves import shelve_by_year
from mailer.issues.envelope import TITLES
from mailer.newsletters.theme import Palette
from mailer.web.deps import DbSession
from mailer.web.headers import FIVE_MINUTES, embedded_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_public_newsletter, theme_of
from mailer.web.public.shelf import OnShelf

router = APIRouter()


@router.get("/n/{newsletter}")
def add_slash(newsletter: str) -> Response:
    return RedirectResponse(f"/n/{newsletter}/", 301)


@router.get("/n/{newsletter}/")
@router.get("/r/{token}/")
def show_archive(
    request: Request,
    session: DbSession,
    shelf: OnShelf,
    year: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    found = shelf.newsletter
    years = shelve_by_year(list_shown(session, found.id))
    chosen = [one for one in years if str(one[0]) == year]
    return render(
        request,
        "archive/archive.html",
        lang=reader_language(request, found.language),
        headers=shelf.headers,
        shelf=shelf,
        newsletter=found,
        theme=theme_of(found),
        usual_titles=TITLES,
        years=years,
        shown=chosen or years,
        year=chosen[0][0] if chosen else None,
    )


@router.get("/n/{newsletter}/search")
@router.get("/r/{token}/search")
def search(
    request: Request,
    session: DbSession,
    shelf: OnShelf,
    query: Annotated[str, Query(alias="q", max_length=10_000)] = "",
) -> Response:
    found = shelf.newsletter
    return render(
        request,
        "archive/search.html",
        lang=reader_language(request, found.language),
        headers=shelf.headers | {"X-Robots-Tag": "noindex"},
        shelf=shelf,
        newsletter=found,
        theme=theme_of(found),
        query=" ".join(query[:LONGEST_QUERY].split()),
        hits=search_issues(session, found.id, query),
    )


@router.get("/n/{newsletter}/latest")
def show_latest(request: Request, session: DbSession, shelf: OnShelf) -> Response:
    """Show the newest issue in a few lines, for the pages of others."""
    found = shelf.newsletter
    return render(
        request,
        "archive/latest.html",
        lang=reader_language(request, found.language),
        headers=embedded_page(),
        newsletter=found,
        issue=next(iter(list_shown(session, found.id)), None),
    )


@router.get("/n/{newsletter}/theme.css")
def show_colours(session: DbSession, newsletter: str) -> Response:
    palette = theme_of(get_public_newsletter(session, newsletter)).palette
    return Response(write_colours(palette), media_type="text/css", headers={"Cache-Control": FIVE_MINUTES})


def write_colours(palette: Palette) -> str:
    """Return the custom properties that a theme sets; every value is a checked #rrggbb."""
    light = {
        "brand": palette.primary,
        "brand-hover": f"color-mix(in srgb, {palette.primary} 80%, black)",
        "brand-tint": palette.tint,
        "accent": palette.accent,
    }
    dark = {
        "brand": palette.dark_link,
        "brand-hover": f"color-mix(in srgb, {palette.dark_link} 70%, white)",
        "brand-tint": palette.dark_tint,
        "accent": palette.dark_accent,
    }
    return (
        f"@layer tokens{{:root{{{_declare(light)}}}@media (prefers-color-scheme:dark){{:root{{{_declare(dark)}}}}}}}\n"
    )


def _declare(properties: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in properties.items())
