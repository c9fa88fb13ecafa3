"""An issue composed with its stored images, theme and links: for the preview of a draft and for freezing."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from mailer import links
from mailer.assets.store import show_files, show_images
from mailer.issues.compose import Composition, IssueLinks, compose_issue
from mailer.issues.document import IssueDocument, file_assets, image_needs
from mailer.issues.envelope import FORMS
from mailer.issues.models import Issue
from mailer.issues.saved import load_whole
from mailer.issues.slots import count_longer, fill_as_sample
from mailer.newsletters.models import MEMBERS, Newsletter
from mailer.newsletters.theme import Theme
from mailer.render.jinja import Form
from mailer.tokens import random_nonce


def issue_links(newsletter: Newsletter, path_number: str) -> IssueLinks:
    return IssueLinks(
        web=links.issue_url(newsletter.slug, path_number),
        archive=links.archive_url(newsletter.slug),
        share=links.share_url(newsletter.slug, path_number),
        privacy=links.privacy_url(newsletter.slug),
        are_personal=newsletter.archive_access == MEMBERS,
    )


def compose_stored(
    session: Session,
    newsletter: Newsletter,
    issue: Issue,
    document: IssueDocument,
    *,
    nonce: str,
    theme: Mapping[str, Any] | None = None,
    audience: frozenset[str] = frozenset(),
    markers: bool = False,
    forms: Collection[Form] = FORMS,
) -> Composition:
    """Return the renderings of a document whose assets are in the store; derivatives are made on the way.

    `theme` stands for the newsletter's own where that has changed since.
    """
    look = Theme.model_validate(theme or newsletter.theme)
    return compose_issue(
        document,
        look,
        issue_links(newsletter, issue.path_number),
        show_images(session, issue.workspace_id, image_needs(document, look)),
        show_files(session, issue.workspace_id, file_assets(document)),
        nonce=nonce,
        audience=audience,
        markers=markers,
        forms=forms,
    )


def preview_issue(
    session: Session,
    newsletter: Newsletter,
    issue: Issue,
    *,
    to: str = "",
    markers: bool = False,
    forms: Collection[Form] = FORMS,
) -> Composition:
    """Return a draft as a sample reader would get it: merge fields hold their fallbacks, personal links the web page.

    It is what readers of the list `to` (a slug) get, or all blocks. With `markers`, comments stand around each block.

    Needs a session that may write, since derivatives of new images are made here.
    """
    document = load_whole(session, issue)
    audience = frozenset([to] if to else (slug for block in document.blocks for slug in block.audience))
    composed = compose_stored(
        session, newsletter, issue, document, nonce=random_nonce(), audience=audience, markers=markers, forms=forms
    )
    link = links.issue_url(newsletter.slug, issue.path_number)
    html, text = fill_as_sample(composed.html, composed.text, composed.slots, link)
    longer = count_longer(composed.html, composed.slots)
    return replace(composed, html=html, text=text, slots=(), longer_bytes=longer)
