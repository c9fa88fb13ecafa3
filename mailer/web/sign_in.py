"""Signing in and out. A link asks with a button, since mail scanners open links; only the button's POST uses it."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mailer import clock
from mailer.accounts.sign_in import get_link_user, sign_in, sign_out
from mailer.errors import MailerError, NotFoundError
from mailer.i18n import get_translations
from mailer.web.deps import DbSession, MaybeUser
from mailer.web.language import LANGUAGE_COOKIE, asked_language, member_language
from mailer.web.pages import render
from mailer.web.sessions import clear_session_cookie, session_secret, set_session_cookie

router = APIRouter()


@router.get("/sign-in")
def show_sign_in(request: Request, user: MaybeUser) -> Response:
    if user:
        return RedirectResponse("/app", 303)
    response = render(request, "sign_in/how.html", lang=member_language(request))
    if asked := asked_language(request):
        response.set_cookie(LANGUAGE_COOKIE, asked, httponly=True, samesite="lax")
    return response


@router.get("/sign-in/{secret}")
def show_link(request: Request, session: DbSession, user: MaybeUser, secret: str) -> Response:
    try:
        owner = get_link_user(session, secret, clock.now())
    except MailerError as error:
        return RedirectResponse("/app", 303) if user else _refused(request, error)
    return render(request, "sign_in/ask.html", lang=member_language(request), owner=owner)


@router.post("/sign-in/{secret}")
def use_link(request: Request, session: DbSession, user: MaybeUser, secret: str) -> Response:
    try:
        new_secret = sign_in(session, secret, clock.now())
    except MailerError as error:
        # A second click on the button: the first has done what was wanted.
        return RedirectResponse("/app", 303) if user else _refused(request, error)
    if user:
        sign_out(session, session_secret(request))
    response = RedirectResponse("/app", 303)
    set_session_cookie(response, new_secret)
    return response


@router.post("/sign-out")
def end_session(request: Request, session: DbSession) -> Response:
    sign_out(session, session_secret(request))
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(response)
    return response


def _refused(request: Request, error: MailerError) -> Response:
    lang = member_language(request)
    reason = get_translations(lang).gettext(str(error))
    status = 404 if isinstance(error, NotFoundError) else 410
    return render(request, "sign_in/how.html", lang=lang, status=status, reason=reason)
