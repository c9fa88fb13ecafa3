"""Making a list as a person does: under a name that no other has, with a short name that is free, and on record."""

from datetime import datetime

from sqlalchemy.orm import Session

from mailer.activity.queries import has_just_done
from mailer.activity.record import record_activity
from mailer.errors import InvalidError, Problem, RefusedError
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list, list_lists
from mailer.workspaces.naming import NAME_TAKEN, find_name_fault, propose_slug

VERB = "list.made"


def make_list(
    session: Session,
    workspace_id: int,
    name: str,
    *,
    slug: str = "",
    description: str = "",
    actor: str,
    now: datetime,
) -> MailingList:
    """Store a list; without a short name it gets one that is made of its name and free, also just now.

    InvalidError when the name is none or taken, RefusedError when the short name is.
    """
    while True:
        free = slug or propose_slug(name, [one.slug for one in list_lists(session, workspace_id)], nameless="list")
        # After that: a list of the same name is seen here, or has the short name that we are about to take.
        if problems := check_list_name(session, workspace_id, name):
            raise InvalidError(problems)
        try:
            made = create_list(session, workspace_id, free, name, description=description, now=now)
            break
        except RefusedError:  # somebody has taken it since we looked
            if slug:
                raise
    record_activity(session, workspace_id, actor=actor, verb=VERB, subject=f"list:{made.id}", now=now)
    return made


def check_list_name(session: Session, workspace_id: int, name: str, *, but: MailingList | None = None) -> list[Problem]:
    """Return why a list may not be called so (field `name`): nobody could tell it from another of that name."""
    others = {one.name.casefold() for one in list_lists(session, workspace_id) if one is not but}
    fault = find_name_fault(name) or (NAME_TAKEN if name.casefold() in others else "")
    return [Problem(fault, field="name")] if fault else []


def find_just_made(session: Session, workspace_id: int, name: str, *, actor: str, now: datetime) -> MailingList | None:
    """Return the list that the same person has just made under this name, as by the first of two presses."""
    for one in list_lists(session, workspace_id):
        if one.name == name and has_just_done(session, workspace_id, VERB, f"list:{one.id}", actor=actor, now=now):
            return one
    return None
