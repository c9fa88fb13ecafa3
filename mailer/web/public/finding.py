"""Finding what a stranger asks for by its address. Drafts, unknown numbers and dead links are the same 404."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from mailer.deliveries.reader_links import LinkPurpose, ReaderLink, open_reader_link
from mailer.errors import NotFoundError
from mailer.i18n import mark
from mailer.issues.queries import Published, find_published
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import find_newsletter_by_slug
from mailer.newsletters.theme import Theme
from mailer.web.deps import DeadLinkError


def get_public_newsletter(session: Session, slug: str) -> Newsletter:
    newsletter = find_newsletter_by_slug(session, slug)
    if newsletter is None:
        raise NotFoundError("There is no such newsletter.")
    return newsletter


def get_public_issue(session: Session, slug: str, number: str) -> Published:
    published = find_published(session, slug, number)
    if published is None:
        raise NotFoundError("There is no such issue.")
    return published


def get_shown_issue(session: Session, slug: str, number: str) -> Published:
    """Return a sent issue that has not been withdrawn."""
    published = get_public_issue(session, slug, number)
    if published.issue.withdrawn_at:
        raise NotFoundError("There is no such issue.")
    return published


DEAD_LINK = mark("This link does not work. Check that you copied all of it.")


def get_reader_link(session: Session, purpose: LinkPurpose, token: str) -> ReaderLink:
    try:
        return open_reader_link(session, purpose, token)
    except NotFoundError:
        raise DeadLinkError(DEAD_LINK) from None


@contextmanager
def dead_links() -> Iterator[None]:
    """Turn whatever is not found inside into the one page of a dead link."""
    try:
        yield
    except NotFoundError:
        raise DeadLinkError(DEAD_LINK) from None


def theme_of(newsletter: Newsletter) -> Theme:
    return Theme.model_validate(newsletter.theme)
