"""A newsletter's privacy and accessibility pages; open to strangers even where the archive is not."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import links
from mailer.config import get_settings
from mailer.newsletters.queries import default_lists
from mailer.newsletters.statements import StatementName, read_statement
from mailer.render.markdown import render_markdown
from mailer.web.deps import DbSession
from mailer.web.headers import public_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_public_newsletter, theme_of

router = APIRouter()


@router.get("/n/{newsletter}/privacy")
def show_privacy(request: Request, session: DbSession, newsletter: str) -> Response:
    return _show(request, session, newsletter, "privacy")


@router.get("/n/{newsletter}/accessibility")
def show_accessibility(request: Request, session: DbSession, newsletter: str) -> Response:
    return _show(request, session, newsletter, "accessibility")


def _show(request: Request, session: Session, slug: str, name: StatementName) -> Response:
    found = get_public_newsletter(session, slug)
    lang = reader_language(request, found.language)
    text = read_statement(found, default_lists(session, found.id), name, lang, get_settings())
    return render(
        request,
        "statements/statement.html",
        lang=lang,
        headers=public_page(),
        newsletter=found,
        theme=theme_of(found),
        name=name,
        url=links.absolute(f"/n/{found.slug}/{name}"),
        body=render_markdown(text),
    )
