"""One's own account: name, password, and signing out everywhere else."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.models import User
from mailer.accounts.passwords import is_password, set_password
from mailer.accounts.queries import tidy_name
from mailer.accounts.sign_in import count_sessions, end_sessions, has_just_used_link
from mailer.errors import InvalidError
from mailer.i18n import mark
from mailer.limits import take
from mailer.notices.ask import ask_for_member_notice
from mailer.web.deps import DbSession, SignedIn
from mailer.web.forms import Faults
from mailer.web.language import member_language
from mailer.web.pages import render
from mailer.web.sessions import session_secret
from mailer.workspaces.queries import list_memberships

router = APIRouter(prefix="/account")

WRONG = mark("This is not your present password.")
TOO_MANY = mark("There have been too many attempts. Wait a quarter of an hour.")
SAID = {
    "name": mark("Your name is saved."),
    "password": mark("Your password is saved, and every other browser has been signed out."),
    "out": mark("Every other browser has been signed out."),
}


@router.get("")
def show_account(request: Request, session: DbSession, user: SignedIn, done: str = "") -> Response:
    return _show(request, session, user, said=SAID.get(done, ""))


@router.post("/name")
def change_name(session: DbSession, user: SignedIn, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    session.merge(user).name = tidy_name(name)
    return RedirectResponse("/account?done=name", 303)


@router.post("/password")
def change_password(
    request: Request,
    session: DbSession,
    user: SignedIn,
    password: Annotated[str, Form(max_length=1000)] = "",
    present: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Set a password. Whoever has one must say it first, unless a link has just shown who they are."""
    faults, mine = Faults(member_language(request)), session.merge(user)
    if _needs_present(request, session, mine):
        if not take("password of", mine.email_key, at_most=100, seconds=15 * 60):
            faults.add("present", TOO_MANY)
        elif not is_password(mine, present):
            faults.add("present", WRONG)
    try:
        if not faults:
            set_password(session, mine, password, but=session_secret(request))
    except InvalidError as error:
        faults.take(error)
    if faults:
        return _show(request, session, user, faults=faults)
    for workspace, _ in list_memberships(session, user.id)[:1]:
        lang = member_language(request, workspace.language)
        ask_for_member_notice(session, workspace.id, "password_changed", user.email, lang, {}, now=clock.now())
    return RedirectResponse("/account?done=password", 303)


@router.post("/sign-out-elsewhere")
def sign_out_elsewhere(request: Request, session: DbSession, user: SignedIn) -> Response:
    end_sessions(session, user.id, but=session_secret(request))
    return RedirectResponse("/account?done=out", 303)


def _needs_present(request: Request, session: Session, user: User) -> bool:
    return bool(user.password_hash) and not has_just_used_link(session, session_secret(request), clock.now())


def _show(request: Request, session: Session, user: User, *, faults: Faults | None = None, said: str = "") -> Response:
    lang = member_language(request)
    faults = faults or Faults(lang)
    return render(
        request,
        "members/account.html",
        lang=lang,
        status=faults.status,
        user=user,
        needs_present=_needs_present(request, session, user),
        sessions=count_sessions(session, user.id, clock.now()),
        faults=faults,
        said=said,
    )
