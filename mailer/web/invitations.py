"""Accepting an invitation. The page asks; only its button makes a member, so that a mail scanner does no harm (G13)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from mailer import clock
from mailer.accounts.models import User
from mailer.accounts.queries import create_user
from mailer.accounts.sign_in import open_session
from mailer.activity.record import record_activity
from mailer.errors import MailerError, NotFoundError
from mailer.web.deps import DbSession
from mailer.web.errors import error_page
from mailer.web.headers import token_page
from mailer.web.language import member_language
from mailer.web.pages import render
from mailer.web.sign_in import enter
from mailer.web.words import role_words
from mailer.workspaces.invitations import accept, get_invitation
from mailer.workspaces.queries import add_member, find_membership

router = APIRouter()


@router.get("/invitation/{secret}")
def show_invitation(request: Request, session: DbSession, secret: str) -> Response:
    try:
        invitation, workspace = get_invitation(session, secret, clock.now())
    except MailerError as error:
        return _refused(request, error)
    lang = member_language(request, workspace.language)
    inviter = session.get_one(User, invitation.invited_by)
    return render(
        request,
        "members/invitation.html",
        lang=lang,
        headers=token_page(),
        invitation=invitation,
        workspace=workspace,
        inviter=inviter.name or inviter.email,
        role=role_words(lang)[invitation.role],
    )


@router.post("/invitation/{secret}")
def accept_invitation(
    request: Request, session: DbSession, secret: str, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Make a member of whoever has the mailbox, which the link shows, and sign them in."""
    now = clock.now()
    try:
        invitation, workspace = get_invitation(session, secret, now)
        accept(session, invitation, now)
    except MailerError as error:
        return _refused(request, error)
    user = create_user(session, invitation.email, name=name, now=now)
    if not find_membership(session, user.id, workspace.slug):
        add_member(session, workspace.id, user.id, invitation.role, now=now)
    record_activity(
        session, workspace.id, actor=str(user.id), verb="member.joined", subject=f"user:{user.id}", now=now,
        role=invitation.role,
    )  # fmt: skip
    return enter(request, session, open_session(session, user, now), f"/app/{workspace.slug}")


def _refused(request: Request, error: MailerError) -> Response:
    status = 404 if isinstance(error, NotFoundError) else 410
    return error_page(request, status, error.msgid, headers=token_page())
