"""The shelf a visitor stands before: a newsletter's archive, and under which address they may read it (case B4).

Under `/n/<newsletter>/` anybody reads, unless the archive is for readers alone: then every address there is the same
404, which says how a reader gets in. Under `/r/<reading link>/` lie the same pages for one reader.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from mailer import links
from mailer.archive.reading import open_reading_link
from mailer.errors import NotFoundError
from mailer.newsletters.models import MEMBERS, UNLISTED, Newsletter
from mailer.web.deps import DbSession, DeadLinkError, ReadersOnlyError
from mailer.web.headers import public_page, token_page
from mailer.web.public.finding import DEAD_LINK, get_public_newsletter


@dataclass(frozen=True)
class Shelf:
    """`root` is the path under which this visitor finds the archive, with a slash at its end."""

    newsletter: Newsletter
    root: str
    is_personal: bool = False

    @property
    def headers(self) -> dict[str, str]:
        if self.is_personal:
            return token_page()
        is_unlisted = self.newsletter.archive_access == UNLISTED
        return public_page() | ({"X-Robots-Tag": "noindex"} if is_unlisted else {})

    @property
    def url(self) -> str:
        return links.absolute(self.root)

    def lead_here(self, web: str) -> str:
        """Return the fragment of an issue with its links into the archive leading to this visitor's."""
        return web.replace(links.archive_url(self.newsletter.slug), self.url) if self.is_personal else web


def get_shelf(request: Request, session: DbSession) -> Shelf:
    token = request.path_params.get("token")
    if token is not None:
        try:
            return Shelf(open_reading_link(session, token), f"/r/{token}/", is_personal=True)
        except NotFoundError:
            raise DeadLinkError(DEAD_LINK) from None
    newsletter = get_public_newsletter(session, request.path_params["newsletter"])
    if newsletter.archive_access == MEMBERS:
        session.expunge(newsletter)  # the page that says so is made after the session has ended
        raise ReadersOnlyError(newsletter)
    return Shelf(newsletter, f"/n/{newsletter.slug}/")


OnShelf = Annotated[Shelf, Depends(get_shelf, scope="function")]
