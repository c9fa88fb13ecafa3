"""Finding and making newsletters; by workspace for members, by slug alone for the public archive."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError
from mailer.i18n import sort_key
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter, NewsletterList


def list_newsletters(session: Session, workspace_id: int) -> list[Newsletter]:
    """Return the newsletters of a workspace in the order of the Swedish alphabet."""
    wanted = select(Newsletter).where(Newsletter.workspace_id == workspace_id)
    return sorted(session.scalars(wanted), key=lambda one: (sort_key(one.name), one.id))


def get_newsletter(session: Session, workspace_id: int, slug: str) -> Newsletter:
    """Return a newsletter by its slug; NotFoundError names those of the workspace."""
    newsletters = list_newsletters(session, workspace_id)
    for newsletter in newsletters:
        if newsletter.slug == slug:
            return newsletter
    names = ", ".join(newsletter.slug for newsletter in newsletters) or "none"
    raise NotFoundError(f"There is no newsletter {slug!r}. There are: {names}.")


def find_newsletter_by_slug(session: Session, slug: str) -> Newsletter | None:
    return session.scalar(select(Newsletter).where(Newsletter.slug == slug))


def lock_newsletter(session: Session, newsletter: Newsletter) -> None:
    """Read a newsletter anew for changing, nobody else's change in between."""
    session.refresh(newsletter, with_for_update=True)


def default_lists(session: Session, newsletter_id: int) -> list[MailingList]:
    wanted = (
        select(MailingList)
        .join(NewsletterList, NewsletterList.list_id == MailingList.id)
        .where(NewsletterList.newsletter_id == newsletter_id)
    )
    return sorted(session.scalars(wanted), key=lambda one: (sort_key(one.name), one.id))
