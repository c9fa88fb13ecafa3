"""The people of a workspace: their roles, and inviting others. Everybody sees them; owners change them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.queries import list_users
from mailer.accounts.sign_in import end_sessions
from mailer.activity.record import record_activity
from mailer.errors import InvalidError, MailerError, RefusedError
from mailer.i18n import mark
from mailer.mime.address import parse_address
from mailer.notices.ask import ask_for_member_notice
from mailer.web.deps import DbSession, InWorkspace, Place, RuledWorkspace
from mailer.web.errors import say
from mailer.web.forms import Faults
from mailer.web.pages import render
from mailer.web.words import role_words
from mailer.workspaces.invitations import invite, list_invitations, withdraw
from mailer.workspaces.members import change_role, get_member, list_members, remove_member
from mailer.workspaces.roles import ROLES

router = APIRouter(prefix="/app/{workspace}/members")

IS_MEMBER = mark("This person is a member already. Change the role in the list above.")
SAID = {
    "invited": mark("The invitation is on its way."),
    "withdrawn": mark("The invitation was withdrawn."),
    "changed": mark("The role was changed. The person has to sign in again."),
    "removed": mark("The person is no longer a member."),
}


@router.get("")
def show_members(request: Request, session: DbSession, place: InWorkspace, done: str = "") -> Response:
    return _show(request, session, place, said=SAID.get(done, ""))


@router.post("")
def invite_somebody(
    request: Request,
    session: DbSession,
    place: RuledWorkspace,
    email: Annotated[str, Form(max_length=320)] = "",
    role: Annotated[str, Form(max_length=16)] = "editor",
) -> Response:
    faults, now = Faults(place.lang), clock.now()
    try:
        _refuse_member(session, place, email)
        number, address = invite(session, place.workspace, email.strip(), role, by=place.user.id, now=now)
    except InvalidError as error:
        faults.take(error)
        return _show(request, session, place, faults=faults, email=email, role=role)
    except RefusedError as error:
        faults.add("email", error.msgid)
        return _show(request, session, place, faults=faults, email=email, role=role)
    told = {
        "number": number,
        "workspace": place.workspace.name,
        "by": place.user.name or place.user.email,
        "role": role,
    }
    ask_for_member_notice(session, place.workspace.id, "invitation", address, place.lang, told, now=now)
    _record(session, place, "member.invited", "invitation", role=role)
    return _back(place, "invited")


@router.post("/withdraw")
def withdraw_invitation(
    session: DbSession, place: RuledWorkspace, email: Annotated[str, Form(max_length=320)]
) -> Response:
    try:
        key = parse_address(email).key
    except ValueError:
        return _back(place, "")
    withdraw(session, place.workspace.id, key)
    _record(session, place, "member.invitation_withdrawn", "invitation")
    return _back(place, "withdrawn")


@router.post("/{member_id}/role")
def give_role(
    request: Request,
    session: DbSession,
    place: RuledWorkspace,
    member_id: int,
    role: Annotated[str, Form(max_length=16)],
) -> Response:
    member = get_member(session, place.workspace.id, member_id)
    try:
        changed = change_role(session, member, role)
    except RefusedError as error:
        return _show(request, session, place, refusal=error)
    if changed:
        _end_others(session, place, member.user_id)
        _record(session, place, "member.role_changed", f"user:{member.user_id}", role=role)
    return _back(place, "changed")


@router.post("/{member_id}/remove")
def remove(request: Request, session: DbSession, place: RuledWorkspace, member_id: int) -> Response:
    member = get_member(session, place.workspace.id, member_id)
    try:
        remove_member(session, member)
    except RefusedError as error:
        return _show(request, session, place, refusal=error)
    _end_others(session, place, member.user_id)
    _record(session, place, "member.removed", f"user:{member.user_id}")
    return RedirectResponse("/app", 303) if member.user_id == place.user.id else _back(place, "removed")


def _end_others(session: Session, place: Place, user_id: int) -> None:
    """Sign a person out whose rights have changed; who changes their own stays where they are."""
    if user_id != place.user.id:
        end_sessions(session, user_id)


def _refuse_member(session: Session, place: Place, email: str) -> None:
    try:
        key = parse_address(email.strip()).key
    except ValueError:
        return  # `invite` says what is wrong with it
    members = list_members(session, place.workspace.id)
    if key in {user.email_key for user in list_users(session, [one.user_id for one in members])}:
        raise RefusedError(IS_MEMBER)


def _record(session: Session, place: Place, verb: str, subject: str, **detail: str) -> None:
    record_activity(
        session, place.workspace.id, actor=place.actor, verb=verb, subject=subject, now=clock.now(), **detail
    )


def _back(place: Place, done: str) -> Response:
    return RedirectResponse(f"{place.home}/members?done={done}", 303)


def _show(
    request: Request,
    session: Session,
    place: Place,
    *,
    faults: Faults | None = None,
    refusal: MailerError | None = None,
    email: str = "",
    role: str = "editor",
    said: str = "",
) -> Response:
    members = list_members(session, place.workspace.id)
    users = {user.id: user for user in list_users(session, [one.user_id for one in members])}
    people = sorted(((users[one.user_id], one) for one in members), key=lambda pair: pair[0].email_key)
    faults = faults or Faults(place.lang)
    return render(
        request,
        "members/members.html",
        lang=place.lang,
        status=422 if refusal else faults.status,
        place=place,
        people=people,
        invitations=list_invitations(session, place.workspace.id, clock.now()),
        roles=ROLES,
        words=role_words(place.lang),
        faults=faults,
        refusal=say(refusal, place.lang) if refusal else "",
        email=email,
        role=role,
        said=said,
    )
