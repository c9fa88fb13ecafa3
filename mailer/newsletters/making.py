"""Making a newsletter as a person does: under a name that no other has, at an address that is free, and on record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.activity.queries import has_just_done
from mailer.activity.record import record_activity
from mailer.errors import InvalidError, Problem, RefusedError
from mailer.lists.models import MailingList
from mailer.newsletters.create import NewNewsletter, create_newsletter, propose_newsletter_slug
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import list_newsletters
from mailer.workspaces.naming import NAME_TAKEN

VERB = "newsletter.made"


def make_newsletter(
    session: Session,
    workspace_id: int,
    new: NewNewsletter,
    lists: Sequence[MailingList],
    *,
    actor: str,
    now: datetime,
) -> Newsletter:
    """Store a newsletter; one whose slug is empty gets one that is made of its name and free, also just now.

    InvalidError lists what is wrong; RefusedError when the slug is taken.
    """
    while True:
        free = new.slug or propose_newsletter_slug(session, new.name)
        # After that: a newsletter of the same name is seen here, or has the slug that we are about to take.
        if has_name(session, workspace_id, new.name):
            raise InvalidError([Problem(NAME_TAKEN, field="name")])
        try:
            made = create_newsletter(session, workspace_id, replace(new, slug=free), lists, now=now)
            break
        except RefusedError:  # somebody has taken it since we looked
            if new.slug:
                raise
    record_activity(session, workspace_id, actor=actor, verb=VERB, subject=f"newsletter:{made.id}", now=now)
    return made


def has_name(session: Session, workspace_id: int, name: str) -> bool:
    """Return whether a newsletter of the workspace is called so: nobody could tell two of one name apart."""
    return name.casefold() in {one.name.casefold() for one in list_newsletters(session, workspace_id)}


def find_just_made(session: Session, workspace_id: int, name: str, *, actor: str, now: datetime) -> Newsletter | None:
    """Return the newsletter that the same person has just made under this name, as by the first of two presses."""
    for one in list_newsletters(session, workspace_id):
        subject = f"newsletter:{one.id}"
        if one.name == name and has_just_done(session, workspace_id, VERB, subject, actor=actor, now=now):
            return one
    return None
