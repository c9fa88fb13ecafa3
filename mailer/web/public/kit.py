"""The page of a partner for an issue: what to put on an intranet or in other channels, with the partner's own link."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mailer import links
from mailer.archive.published import read_shown
from mailer.errors import NotFoundError
from mailer.shares.channels import partner_via, with_via
from mailer.shares.kit import KitFacts, make_kit
from mailer.shares.partners import get_partner
from mailer.web.deps import DbSession
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_shown_issue, theme_of
from mailer.web.public.shelf import OnShelf

router = APIRouter()


@router.get("/n/{newsletter}/{number}/for/{code}")
def show_kit(request: Request, session: DbSession, shelf: OnShelf, number: str, code: str) -> Response:
    found = get_shown_issue(session, shelf.newsletter.slug, number)
    partner = get_partner(session, found.issue.workspace_id, code)
    if partner.retired_at:
        raise NotFoundError("There is no such partner.")
    newsletter, issue = found.newsletter, found.issue
    link = with_via(links.issue_url(newsletter.slug, issue.path_number), partner_via(partner.code))
    theme = theme_of(newsletter)
    facts = KitFacts(issue.language, issue.subject, issue.preheader, newsletter.name, theme.organisation)
    return render(
        request,
        "shares/kit.html",
        lang=reader_language(request, newsletter.language),
        headers=shelf.headers | {"X-Robots-Tag": "noindex"},
        newsletter=newsletter,
        theme=theme,
        issue=issue,
        partner=partner,
        link=link,
        kit=make_kit(read_shown(session, issue.id, found.snapshot.web).web, link, facts),
    )
