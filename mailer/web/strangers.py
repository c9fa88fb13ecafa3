"""Uploads of people who are not signed in: refused before a byte of the body is read, which may be 50 MB.

FastAPI reads a form before it asks who has sent it. Called by the guard.
"""

from http import HTTPStatus

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Scope

from mailer import clock
from mailer.accounts.sign_in import find_session_user
from mailer.db import reading
from mailer.web.sessions import session_secret


async def find_stranger(scope: Scope) -> tuple[int, str] | None:
    """Return status and reason when nobody is signed in who could upload something."""
    secret = session_secret(Request(scope))
    try:
        is_known = bool(secret) and await run_in_threadpool(_is_member, secret)
    except SQLAlchemyError:
        return HTTPStatus.SERVICE_UNAVAILABLE, ""
    return None if is_known else (HTTPStatus.UNAUTHORIZED, "")


def _is_member(secret: str) -> bool:
    with reading() as session:
        return find_session_user(session, secret, clock.now()) is not None
