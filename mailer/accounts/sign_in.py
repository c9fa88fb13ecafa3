"""Signing in by a one-time link, and the sessions that follow.

A link works once and for a day. Only asking for the session uses it up, never looking at it, so that a mail scanner
that opens it first does no harm. Secrets are returned once and kept as keyed hashes only.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mailer.accounts.models import SignInLink, User, UserSession
from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.tokens import hash_secret, random_secret

LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=30)

UNKNOWN_LINK = mark("This sign-in link does not work. Check that you copied all of it, or ask for a new one.")
USED_LINK = mark("This sign-in link has been used already. Ask for a new one.")
EXPIRED_LINK = mark("This sign-in link is too old: it worked for 24 hours. Ask for a new one.")


def create_sign_in_link(session: Session, user: User, now: datetime) -> str:
    """Return the secret of a new link for `user`; the caller makes the address of it with `links.sign_in_url`."""
    secret = random_secret()
    link = SignInLink(
        user_id=user.id, secret_hash=hash_secret(secret), created_at=now, expires_at=now + LINK_LIFE, used_at=None
    )
    session.add(link)
    session.flush()
    return secret


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
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    session_secret = random_secret()
    session.add(
        UserSession(
            user_id=user.id,
            secret_hash=hash_secret(session_secret),
            created_at=now,
            expires_at=now + SESSION_LIFE,
        )
    )
    return session_secret


def find_session_user(session: Session, secret: str, now: datetime) -> User | None:
    """Return who is signed in by a session secret, or None when the session is unknown or over."""
    if not secret:
        return None
    return session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.secret_hash == hash_secret(secret), UserSession.expires_at > now)
    )


def sign_out(session: Session, secret: str) -> None:
    """End a session at once, in every browser that holds its secret; an unknown one is no fault."""
    session.execute(delete(UserSession).where(UserSession.secret_hash == hash_secret(secret)))
