"""What a person sees when something is refused, missing or broken: a page with the right status, never a trace."""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from mailer.errors import InvalidError, MailerError, NotFoundError
from mailer.i18n import get_translations, mark
from mailer.log import ids
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.web.deps import DeadLinkError, NotAllowedError, ReadersOnlyError, SignedOutError
from mailer.web.forms import Faults
from mailer.web.guard import BY_LINK
from mailer.web.headers import add_defaults, token_page
from mailer.web.language import member_language, reader_language
from mailer.web.pages import render

log = logging.getLogger(__name__)

TEXTS = {
    400: (mark("The request could not be understood"), mark("Go back and try again.")),
    401: (mark("You are signed out"), mark("Sign in again, then go back and repeat what you did.")),
    403: (mark("You may not do this"), mark("Ask an owner of the workspace.")),
    404: (mark("The page was not found"), mark("The address may be wrong, or the page has been taken away.")),
    405: (mark("The request could not be understood"), mark("Go back and try again.")),
    413: (mark("That was too much"), mark("What you sent is too large.")),
    415: (mark("The request could not be understood"), mark("Fill in the form on our page.")),
    422: (mark("That could not be done"), mark("Go back, change what you typed, and try again.")),
    500: (mark("Something went wrong on our side"), mark("Try again in a while.")),
    503: (mark("The service is not available right now"), mark("Nothing was changed. Try again in a while.")),
}


def error_page(
    request: Request, status: int, reason: str = "", *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the page of a status; `reason` replaces its second line and is translated when the catalogue knows it."""
    lang = member_language(request)
    title, text = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    shown = get_translations(lang).gettext(reason or text)
    return render(
        request,
        "errors/error.html",
        lang=lang,
        headers=headers,
        status=status,
        title=title,
        text=shown,
        code=status,
        way_on=_find_way_on(request.scope["path"], status),
    )


def say(error: Exception, lang: str) -> str:
    """Return the words of a refusal in a language, its values filled in."""
    if not isinstance(error, MailerError):
        return str(error)
    words = get_translations(lang).gettext(error.msgid)
    return words.format(**error.values) if error.values else words


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(MailerError, _answer_refusal)
    app.add_exception_handler(SignedOutError, _answer_signed_out)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    for kind in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(kind, _answer_unavailable)
    app.add_exception_handler(Exception, _answer_bug)


def _answer_refusal(request: Request, error: Exception) -> Response:
    if isinstance(error, ReadersOnlyError):
        return _show_readers_only(request, error.newsletter)
    if isinstance(error, DeadLinkError):
        return error_page(request, HTTPStatus.NOT_FOUND, str(error), headers=token_page())
    if isinstance(error, NotAllowedError):
        return error_page(request, HTTPStatus.FORBIDDEN)
    if isinstance(error, NotFoundError):
        # Its words may name what else there is, which is for members at a command line and not for strangers.
        return error_page(request, HTTPStatus.NOT_FOUND)
    if isinstance(error, InvalidError):
        return error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(p.reason for p in error.problems))
    return error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, say(error, member_language(request)))


def _show_readers_only(request: Request, newsletter: Newsletter) -> Response:
    """Say that the archive is for readers, and how one gets in; the same for every address below it."""
    lang = reader_language(request, newsletter.language)
    return render(
        request,
        "archive/readers_only.html",
        lang=lang,
        headers=token_page(),
        status=HTTPStatus.NOT_FOUND,
        newsletter=newsletter,
        theme=Theme.model_validate(newsletter.theme),
        faults=Faults(lang),
    )


def _answer_signed_out(request: Request, _error: Exception) -> Response:
    if request.method == "GET":
        path = request.scope["path"]
        wanted = f"?to={quote(path)}" if path != "/app" else ""
        return RedirectResponse(f"/sign-in{wanted}", HTTPStatus.SEE_OTHER)
    return error_page(request, HTTPStatus.UNAUTHORIZED)


def _answer_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    response = error_page(request, status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _allowed_methods(request)):
        response.headers["Allow"] = ", ".join(methods)
    return response


def _answer_malformed(request: Request, _error: Exception) -> Response:
    return error_page(request, HTTPStatus.NOT_FOUND if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY)


def _answer_unavailable(request: Request, error: Exception) -> Response:
    log.warning("the database is away", extra=ids(error=error))
    response = error_page(request, HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = "30"
    return response


def _answer_bug(request: Request, _error: Exception) -> Response:
    response = error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    add_defaults(response.headers)  # this answer is made outside of the guard
    return response


def _find_way_on(path: str, status: int) -> tuple[str, str] | None:
    """Return address and label of the page to go on from; none for a link in a mail, nor on a host not served."""
    if status == HTTPStatus.BAD_REQUEST or BY_LINK.match(path):
        return None
    in_archive = re.fullmatch(r"(/n/[a-z0-9-]+/).+", path)
    return (in_archive[1], mark("Past newsletters")) if in_archive else ("/app", mark("Home"))


def _allowed_methods(request: Request) -> list[str]:
    """Return what may be done with the address. RFC 9110 §15.5.6; the router names the methods of one route only."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    ways = ("GET", "POST")
    found = [way for way in ways if any(r.matches({**request.scope, "method": way})[0] == Match.FULL for r in routes)]
    return ["GET", "HEAD", *found[1:]] if "GET" in found else found
