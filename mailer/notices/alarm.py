"""Telling a workspace's owners that something happens far too often, once a day at the most."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.accounts.models import User
from mailer.mime.address import parse_address
from mailer.notices.ask import ask_for_member_notice, count_notices
from mailer.tokens import hash_address
from mailer.workspaces.models import Member, Workspace
from mailer.workspaces.roles import OWNER

What = Literal["tips", "joins"]


def warn_owners(session: Session, workspace_id: int, what: What, name: str, *, now: datetime) -> None:
    """Mail each owner that the limit of `what` was reached; `name` is the newsletter's or the list's."""
    workspace = session.get_one(Workspace, workspace_id)
    owners = select(User.email).join(Member, Member.user_id == User.id)
    mine = Member.workspace_id == workspace_id, Member.role == OWNER
    for email in session.scalars(owners.where(*mine)):
        key = hash_address(parse_address(email).key)
        if count_notices(session, workspace_id, key, ("alarm",), since=now - timedelta(days=1)) == 0:
            values = {"what": what, "name": name}
            ask_for_member_notice(session, workspace_id, "alarm", email, workspace.language, values, now=now)
