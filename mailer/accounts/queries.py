"""Finding and making users."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.accounts.models import User
from mailer.errors import NotFoundError, RefusedError
from mailer.mime.address import parse_address
from mailer.render.sanitise import clean_line

LONGEST_NAME = 120


def find_user(session: Session, email: str) -> User | None:
    """Return the user of a mailbox, whatever the spelling of its address."""
    try:
        key = parse_address(email).key
    except ValueError:
        return None
    return session.scalar(select(User).where(User.email_key == key))


def get_user_by_email(session: Session, email: str) -> User:
    user = find_user(session, email)
    if user is None:
        raise NotFoundError(f"There is no user {email!r}. Add one with: mailer user add EMAIL")
    return user


def list_users(session: Session, ids: Collection[int]) -> list[User]:
    return list(session.scalars(select(User).where(User.id.in_(ids)).order_by(User.email_key)))


def name_actors(session: Session, actors: Collection[str]) -> dict[str, str]:
    """Return what people are called, by the `actor` of what they did; other actors have no entry."""
    users = list_users(session, {int(one) for one in actors if one.isascii() and one.isdecimal() and len(one) < 19})
    return {str(user.id): user.name or user.email for user in users}


def create_user(session: Session, email: str, *, name: str = "", now: datetime) -> User:
    """Return the user of a mailbox, made when there is none; RefusedError when it is no address."""
    if user := find_user(session, email):
        return user
    try:
        address = parse_address(email)
    except ValueError as error:
        raise RefusedError(str(error)) from None
    user = User(email=address.address, email_key=address.key, name=tidy_name(name), created_at=now)
    session.add(user)
    session.flush()
    return user


def tidy_name(name: str) -> str:
    """Return what a person may be called: one line of at most 120 characters, since it stands in mails' text."""
    return clean_line(name)[:LONGEST_NAME].rstrip()


def has_users(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is not None
