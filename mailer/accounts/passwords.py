"""Passwords: Argon2id, and the same time for an unknown person as for a wrong password."""

from functools import lru_cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.orm import Session

from mailer.accounts.models import User
from mailer.accounts.sign_in import end_sessions
from mailer.errors import InvalidError, Problem
from mailer.i18n import mark

SHORTEST, LONGEST = 12, 200
TOO_SHORT = mark("Use at least 12 characters. Three or four words in a row are easy to remember.")
TOO_LONG = mark("Use at most 200 characters.")
TOO_PLAIN = mark("This is too easy to guess. Use words that have nothing to do with you.")

# Each check takes 64 MB and a tenth of a second: two at a time, and the others wait.
_turns = BoundedSemaphore(2)


def set_password(session: Session, user: User, password: str, *, but: str = "") -> None:
    """Give a user a password, and end every session but the one with the secret `but`.

    InvalidError when it is too short, too long or too plain; then nothing has changed.
    """
    refuse_weak(password, user.email, user.name)
    with _turns:
        user.password_hash = _hasher().hash(password)
    end_sessions(session, user.id, but=but)


def is_password(user: User | None, password: str) -> bool:
    """Tell whether this is the user's password. It takes as long for nobody and for somebody without a password."""
    stored = user.password_hash if user else ""
    with _turns:
        return _hasher().verify(password[:LONGEST], stored or _of_nobody()) and bool(stored)


def refuse_weak(password: str, *about: str) -> None:
    """Raise InvalidError when a password is too short or holds nothing but what stands in `about` or one character."""
    if len(password) < SHORTEST:
        raise InvalidError([Problem(TOO_SHORT, field="password")])
    if len(password) > LONGEST:
        raise InvalidError([Problem(TOO_LONG, field="password")])
    folded = password.casefold()
    words = {word for text in about for word in (text.casefold(), text.casefold().partition("@")[0]) if len(word) > 3}
    for word in sorted(words, key=len, reverse=True):
        folded = folded.replace(word, "")
    if len(set(folded)) < 5:
        raise InvalidError([Problem(TOO_PLAIN, field="password")])


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _hasher().hash("a password that nobody has")
