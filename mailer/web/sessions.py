"""The cookie of a signed-in browser. It holds a random secret; the database holds its keyed hash."""

from starlette.requests import Request
from starlette.responses import Response

from mailer.accounts.sign_in import SESSION_LIFE
from mailer.config import get_settings

SESSION_COOKIE = "mailer_session"


def session_secret(request: Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


def set_session_cookie(response: Response, secret: str) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=get_settings().resolved_base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response) -> None:
    response.delete_cookie(SESSION_COOKIE, path="/")
