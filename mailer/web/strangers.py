"""Uploads of people who are not signed in: refused before a byte of the body is read, which may be 50 MB.

FastAPI reads a form before it asks who has sent it. Called by the guard.
"""

from http import HTTPStatus

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.types import Scope

from mailer import clock
from mailer.accounts.sign_in import find_session_user
from mailer.db import reading
from mailer.web.sessions import session_secret


def find_stranger(scope: Scope) -> tuple[int, str] | None:
    """Return status and reason when nobody is signed in who could upload something. Waits for the database."""
    try:
        with reading() as session:
            user = find_session_user(session, session_secret(Request(scope)), clock.now())
    except SQLAlchemyError:
        return HTTPStatus.SERVICE_UNAVAILABLE, ""
    return None if user else (HTTPStatus.UNAUTHORIZED, "")
