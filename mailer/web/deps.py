"""What handlers ask for: the session of the request, who is signed in, and the workspace they are in.

GET reads one state of the database and takes no lock; anything else is one transaction, begun when all of the form has
come and committed before the answer leaves. A workspace is found only through a membership: a stranger's is not there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.models import User
from mailer.accounts.sign_in import find_session_user
from mailer.db import reading, transaction
from mailer.errors import MailerError, NotFoundError
from mailer.newsletters.models import Newsletter
from mailer.web.fields import SentForm
from mailer.web.language import member_language
from mailer.web.sessions import session_secret
from mailer.workspaces.models import Member, Workspace
from mailer.workspaces.queries import find_membership, list_memberships
from mailer.workspaces.roles import Right, may

_READS_FIRST = "reads_first"
Handler = TypeVar("Handler", bound=Callable[..., Response])


class DeadLinkError(NotFoundError):
    """A link from a mail that is not, or no longer, a reader's."""


class ReadersOnlyError(NotFoundError):
    """The archive of `newsletter` is for its readers alone, and a stranger asks."""

    def __init__(self, newsletter: Newsletter) -> None:
        self.newsletter = newsletter
        super().__init__("There is no such page.")


class SignedOutError(Exception):
    """The page is for members, and nobody is signed in."""


def reads_first(handler: Handler) -> Handler:
    """Mark a handler that works long before it writes: its session only reads, and it begins transactions itself."""
    setattr(handler, _READS_FIRST, True)
    return handler


def get_session(request: Request, _form: SentForm) -> Iterator[Session]:
    only_reads = request.method == "GET" or hasattr(request.scope["endpoint"], _READS_FIRST)
    opened = reading() if only_reads else transaction()
    with opened as session:
        yield session


DbSession = Annotated[Session, Depends(get_session, scope="function")]


def find_user(request: Request, session: DbSession) -> User | None:
    return find_session_user(session, session_secret(request), clock.now())


MaybeUser = Annotated[User | None, Depends(find_user, scope="function")]


def require_user(user: MaybeUser) -> User:
    if user is None:
        raise SignedOutError
    return user


SignedIn = Annotated[User, Depends(require_user, scope="function")]


@dataclass(frozen=True)
class Place:
    """Where a member is: the workspace, their role in it, and the language of the page."""

    workspace: Workspace
    member: Member
    user: User
    lang: str
    others: tuple[Workspace, ...] = ()  # the user's other workspaces

    @property
    def actor(self) -> str:
        return str(self.user.id)

    @property
    def home(self) -> str:
        """The path of the workspace, without a slash at the end."""
        return f"/app/{self.workspace.slug}"

    @property
    def may_send(self) -> bool:
        return may(self.member.role, Right.SEND)

    @property
    def may_write(self) -> bool:
        return may(self.member.role, Right.WRITE)

    @property
    def may_rule(self) -> bool:
        return may(self.member.role, Right.RULE)


class NotAllowedError(MailerError):
    """The member's role does not give the right to do this."""


def get_place(request: Request, session: DbSession, user: SignedIn, workspace: str) -> Place:
    found = find_membership(session, user.id, workspace)
    if found is None:
        raise NotFoundError("There is no such workspace.")
    others = tuple(one for one, _ in list_memberships(session, user.id) if one.id != found[0].id)
    return Place(found[0], found[1], user, member_language(request, found[0].language), others)


InWorkspace = Annotated[Place, Depends(get_place, scope="function")]


def get_writable_place(place: InWorkspace) -> Place:
    """Return the place of somebody who may change things; NotAllowedError for the others in the workspace."""
    if not place.may_write:
        raise NotAllowedError
    return place


WritableWorkspace = Annotated[Place, Depends(get_writable_place, scope="function")]


def get_ruled_place(place: InWorkspace) -> Place:
    """Return the place of an owner; NotAllowedError for everybody else in the workspace."""
    if not place.may_rule:
        raise NotAllowedError
    return place


RuledWorkspace = Annotated[Place, Depends(get_ruled_place, scope="function")]
