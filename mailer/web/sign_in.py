"""Signing in, by a password or by a link to one's mailbox, and out.

A link asks with a button, since mail scanners open links; only the button's POST uses it. What the page answers does
not tell whether it knows an address.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.passwords import is_password
from mailer.accounts.queries import find_user
from mailer.accounts.sign_in import get_link_user, number_sign_in_link, open_session, sign_in, sign_out
from mailer.db import reading
from mailer.errors import MailerError, NotFoundError
from mailer.i18n import mark
from mailer.limits import take
from mailer.mime.address import parse_address
from mailer.notices.ask import ask_for_member_notice
from mailer.web.clients import client_network
from mailer.web.deps import DbSession, MaybeUser
from mailer.web.errors import say
from mailer.web.forms import Faults
from mailer.web.language import LANGUAGE_COOKIE, asked_language, member_language
from mailer.web.pages import render
from mailer.web.sessions import clear_session_cookie, session_secret, set_session_cookie
from mailer.workspaces.queries import list_memberships

router = APIRouter()

HOME = "/app"
WRONG = mark("The address and the password do not belong together. Try again, or get a link to your mailbox.")
TOO_MANY = mark("There have been too many attempts. Wait a quarter of an hour, or get a link to your mailbox.")
NO_ADDRESS = mark("Enter your email address")
QUARTER, HOUR = 15 * 60, 60 * 60
_OWN_PATH = re.compile(r"/(?:app|account)(?:/\w[\w:.-]*)*")


@router.get("/sign-in")
def show_sign_in(request: Request, user: MaybeUser, to: str = "") -> Response:
    if user:
        return RedirectResponse(own_path(to), 303)
    response = _ask(request, to=to)
    if asked := asked_language(request):
        response.set_cookie(LANGUAGE_COOKIE, asked, httponly=True, samesite="lax")
    return response


@router.post("/sign-in")
def use_password(
    request: Request,
    session: DbSession,
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    to: Annotated[str, Form(max_length=500)] = "",
    way: Annotated[str, Form(max_length=8)] = "password",
) -> Response:
    """Sign in by address and password; the other button of the form asks for a link to the mailbox."""
    faults = Faults(member_language(request))
    key = _key(email)
    if not key:
        faults.add("email", NO_ADDRESS)
    elif way == "link":
        return _send_link(request, session, key, email)
    elif not _may_try(request, key):
        faults.add("password", TOO_MANY)
    else:
        with reading() as looking:  # checking takes a tenth of a second, in which nobody else has to wait
            is_theirs = is_password(find_user(looking, email), password)
        if is_theirs and (user := find_user(session, email)):
            return enter(request, session, open_session(session, user, clock.now(), by="password"), own_path(to))
        faults.add("password", WRONG)
    return _ask(request, to=to, email=email, faults=faults)


@router.get("/sign-in/sent")
def show_sent(request: Request) -> Response:
    return render(request, "sign_in/sent.html", lang=member_language(request))


@router.get("/sign-in/{secret}")
def show_link(request: Request, session: DbSession, user: MaybeUser, secret: str) -> Response:
    try:
        owner = get_link_user(session, secret, clock.now())
    except MailerError as error:
        return RedirectResponse(HOME, 303) if user else _refused(request, error)
    return render(request, "sign_in/ask.html", lang=member_language(request), owner=owner)


@router.post("/sign-in/{secret}")
def use_link(request: Request, session: DbSession, user: MaybeUser, secret: str) -> Response:
    try:
        new_secret = sign_in(session, secret, clock.now())
    except MailerError as error:
        # A second click on the button: the first has done what was wanted.
        return RedirectResponse(HOME, 303) if user else _refused(request, error)
    return enter(request, session, new_secret, HOME)


@router.post("/sign-out")
def end_session(request: Request, session: DbSession) -> Response:
    sign_out(session, session_secret(request))
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(response)
    return response


def enter(request: Request, session: Session, new_secret: str, to: str) -> Response:
    """Go on with a new session; the one that the browser had before ends."""
    if former := session_secret(request):
        sign_out(session, former)
    response = RedirectResponse(to, 303)
    set_session_cookie(response, new_secret)
    return response


def own_path(to: str) -> str:
    """Return where to go after signing in: a page of ours for members, whatever was asked for."""
    return to if _OWN_PATH.fullmatch(to) else HOME


def _may_try(request: Request, key: str) -> bool:
    """Limit guesses from one network at one person, from one network, and at one person from everywhere.

    The last limit is wide, and the link to the mailbox has limits of its own: nobody can be locked out for good (G16).
    """
    network = client_network(request)
    return (
        take("password", f"{network} {key}", at_most=10, seconds=QUARTER)
        and take("password from", network, at_most=100, seconds=QUARTER)
        and take("password of", key, at_most=100, seconds=QUARTER)
    )


def _send_link(request: Request, session: Session, key: str, email: str) -> Response:
    """Mail a link when the address is a member's; the answer is the same for every address."""
    user = find_user(session, email)
    places = list_memberships(session, user.id) if user else []
    allowed = take("link of", key, at_most=5, seconds=HOUR)
    if allowed and take("link from", client_network(request), at_most=30, seconds=HOUR) and user and places:
        number = number_sign_in_link(session, user, clock.now())
        ask_for_member_notice(
            session,
            places[0][0].id,
            "sign_in_link",
            user.email,
            member_language(request, places[0][0].language),
            {"number": number},
            now=clock.now(),
        )
    return RedirectResponse("/sign-in/sent", 303)


def _key(email: str) -> str:
    try:
        return parse_address(email.strip()).key
    except ValueError:
        return ""


def _ask(
    request: Request, *, to: str = "", email: str = "", faults: Faults | None = None, reason: str = "", status: int = 0
) -> Response:
    lang = member_language(request)
    faults = faults or Faults(lang)
    return render(
        request,
        "sign_in/sign_in.html",
        lang=lang,
        status=status or faults.status,
        faults=faults,
        email=email,
        to=own_path(to) if to else "",
        reason=reason,
    )


def _refused(request: Request, error: MailerError) -> Response:
    status = 404 if isinstance(error, NotFoundError) else 410
    return _ask(request, reason=say(error, member_language(request)), status=status)
