"""Signing in by a one-time link, and the sessions that follow it or a password.

A link works once and for a day. Only asking for the session uses it up, never looking at it, so that a mail scanner
that opens it first does no harm. Secrets are returned once and kept as keyed hashes only.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from mailer.accounts.models import SignInLink, User, UserSession
from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.tokens import hash_secret, random_number, random_secret, sign

LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=30)
FRESH = timedelta(hours=1)

UNKNOWN_LINK = mark("This sign-in link does not work. Check that you copied all of it, or ask for a new one.")
USED_LINK = mark("This sign-in link has been used already. Ask for a new one.")
EXPIRED_LINK = mark("This sign-in link is too old: it worked for 24 hours. Ask for a new one.")


def create_sign_in_link(session: Session, user: User, now: datetime) -> str:
    """Return the secret of a new link for `user`; the caller makes the address of it with `links.sign_in_url`."""
    return sign_in_secret(number_sign_in_link(session, user, now))


def number_sign_in_link(session: Session, user: User, now: datetime) -> int:
    """Make a link and return its number: what a mail that waits to be sent may hold, since it signs nobody in."""
    number = random_number()
    secret_hash = hash_secret(sign_in_secret(number))
    session.add(SignInLink(user_id=user.id, secret_hash=secret_hash, created_at=now, expires_at=now + LINK_LIFE))
    session.flush()
    return number


def sign_in_secret(number: int) -> str:
    return sign("sign_in", number)


def get_link_user(session: Session, secret: str, now: datetime) -> User:
    """Return whom a link would sign in, without using it.

    NotFoundError for an unknown link, RefusedError for one that is used or too old.
    """
    row = session.execute(
        select(SignInLink, User)
        .join(User, User.id == SignInLink.user_id)
        .where(SignInLink.secret_hash == hash_secret(secret))
    ).first()
    if row is None:
        raise NotFoundError(UNKNOWN_LINK)
    link, user = row
    if link.used_at is not None:
        raise RefusedError(USED_LINK)
    if link.expires_at <= now:
        raise RefusedError(EXPIRED_LINK)
    return user


def sign_in(session: Session, secret: str, now: datetime) -> str:
    """Use a link up and return the secret of a new session; raises as `get_link_user`."""
    user = get_link_user(session, secret, now)
    # Two clicks at once: only the one that still finds the link unused gets a session.
    used = session.scalars(
        update(SignInLink)
        .where(SignInLink.secret_hash == hash_secret(secret), SignInLink.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInLink.id)
    ).all()
    if not used:
        raise RefusedError(USED_LINK)
    return open_session(session, user, now)


def open_session(session: Session, user: User, now: datetime, *, by: Literal["link", "password"] = "link") -> str:
    """Return the secret of a new session of somebody who has just shown who they are; sessions that are over go."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    secret = random_secret()
    session.add(
        UserSession(
            user_id=user.id,
            secret_hash=hash_secret(secret),
            opened_by=by,
            created_at=now,
            expires_at=now + SESSION_LIFE,
        )
    )
    return secret


def find_session_user(session: Session, secret: str, now: datetime) -> User | None:
    """Return who is signed in by a session secret, or None when the session is unknown or over."""
    if not secret:
        return None
    return session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.secret_hash == hash_secret(secret), UserSession.expires_at > now)
    )


def has_just_used_link(session: Session, secret: str, now: datetime) -> bool:
    """Tell whether a session was opened by a link within the last hour: then its owner has the mailbox now."""
    fresh = select(UserSession.id).where(
        UserSession.secret_hash == hash_secret(secret),
        UserSession.opened_by == "link",
        UserSession.created_at > now - FRESH,
    )
    return session.scalar(fresh) is not None


def sign_out(session: Session, secret: str) -> None:
    """End a session at once, in every browser that holds its secret; an unknown one is no fault."""
    session.execute(delete(UserSession).where(UserSession.secret_hash == hash_secret(secret)))


def end_sessions(session: Session, user_id: int, *, but: str = "") -> int:
    """End all sessions of a user at once, but for the one with the secret `but`; links not used yet die, too.

    Return how many sessions were ended.
    """
    session.execute(delete(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None)))
    others = delete(UserSession).where(UserSession.user_id == user_id, UserSession.secret_hash != hash_secret(but))
    return len(session.scalars(others.returning(UserSession.id)).all())


def count_sessions(session: Session, user_id: int, now: datetime) -> int:
    wanted = select(func.count()).where(UserSession.user_id == user_id, UserSession.expires_at > now)
    return session.scalar(wanted) or 0
