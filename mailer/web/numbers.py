"""The issue that an address names: by its number, as people write it, or by what never changes.

The composer and every form that changes an issue use the second: a draft may get another number while they are open,
and another issue the number that it had. Handlers are told the number that the issue has now.
"""

from typing import Annotated

from fastapi import Depends, Path

from mailer.issues.queries import get_issue_by_id
from mailer.newsletters.queries import get_newsletter
from mailer.web.deps import DbSession, InWorkspace


def read_number(
    session: DbSession,
    place: InWorkspace,
    newsletter: str,
    number: Annotated[str, Path(pattern=r"^(\d{4}-\d{1,4}|id-\d{1,18})$")],
) -> str:
    """Return the number of an issue as it stands in an address; NotFoundError for an id of another newsletter."""
    if not number.startswith("id-"):
        return number
    found = get_newsletter(session, place.workspace.id, newsletter)
    return get_issue_by_id(session, found.id, int(number.removeprefix("id-"))).path_number


Number = Annotated[str, Depends(read_number, scope="function")]
