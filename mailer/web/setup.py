"""The first page of a new installation: an organisation, and the person who owns it (case G12).

Its address holds a signed token that only who runs the service can print; the page does not exist once there is a user.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.passwords import refuse_weak, set_password
from mailer.accounts.queries import create_user, has_users, tidy_name
from mailer.accounts.sign_in import open_session
from mailer.activity.record import record_activity
from mailer.errors import InvalidError, NotFoundError
from mailer.i18n import mark
from mailer.mime.address import parse_address
from mailer.render.sanitise import clean_line
from mailer.tokens import is_older, read_signed
from mailer.web.deps import DbSession
from mailer.web.forms import Faults
from mailer.web.language import member_language
from mailer.web.pages import render
from mailer.web.sign_in import NO_ADDRESS, enter
from mailer.workspaces.naming import derive_slug
from mailer.workspaces.queries import add_member, create_workspace
from mailer.workspaces.roles import OWNER

router = APIRouter()

SETUP_LIFE = timedelta(hours=24)
NAME_MISSING = mark("Enter the name of your organisation")


@router.get("/setup/{token}")
def show_setup(request: Request, session: DbSession, token: str) -> Response:
    refuse_late_setup(session, token)
    return _show(request, Faults(member_language(request)), {})


@router.post("/setup/{token}")
def set_up(
    request: Request,
    session: DbSession,
    token: str,
    organisation: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=320)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    refuse_late_setup(session, token)
    lang = member_language(request)
    faults, now = Faults(lang), clock.now()
    typed = {"organisation": clean_line(organisation), "email": email.strip(), "name": tidy_name(name)}
    _check(faults, typed, password)
    if faults:
        return _show(request, faults, typed)
    workspace = create_workspace(
        session, derive_slug(typed["organisation"]) or "organisation", typed["organisation"], language=lang, now=now
    )
    user = create_user(session, typed["email"], name=typed["name"], now=now)
    if password:
        set_password(session, user, password)
    add_member(session, workspace.id, user.id, OWNER, now=now)
    record_activity(
        session, workspace.id, actor=str(user.id), verb="workspace.made", subject=f"workspace:{workspace.id}", now=now
    )
    return enter(request, session, open_session(session, user, now), f"/app/{workspace.slug}")


def refuse_late_setup(session: Session, token: str) -> None:
    """Raise NotFoundError when the link is not ours or too old, or somebody has been here before."""
    (minutes,) = read_signed("setup", token, 1)
    if is_older(minutes, SETUP_LIFE, clock.now()) or has_users(session):
        raise NotFoundError("There is nothing to set up.")


def _check(faults: Faults, typed: dict[str, str], password: str) -> None:
    if not typed["organisation"] or len(typed["organisation"]) > 120:
        faults.add("organisation", NAME_MISSING)
    try:
        parse_address(typed["email"])
    except ValueError:
        faults.add("email", NO_ADDRESS)
    try:
        if password:
            refuse_weak(password, typed["email"], typed["name"], typed["organisation"])
    except InvalidError as error:
        faults.take(error)


def _show(request: Request, faults: Faults, typed: dict[str, str]) -> Response:
    return render(
        request,
        "sign_in/setup.html",
        lang=member_language(request),
        status=faults.status,
        faults=faults,
        typed={"organisation": "", "email": "", "name": ""} | typed,
    )
