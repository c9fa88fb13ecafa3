"""Making a list, which owners do: its name is asked for, its short name is made of that."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list, list_lists, propose_list_slug
from mailer.web.deps import DbSession, Place, RuledWorkspace
from mailer.web.forms import Faults
from mailer.web.pages import render
from mailer.workspaces.naming import check_naming

# Not below /lists/, where every word is some list's short name.
router = APIRouter(prefix="/app/{workspace}/new-list")

BAD_NAME = mark("Write a name of at most 120 characters")
NAME_TAKEN = mark("There is one with this name already. Give it another name.")


@router.get("")
def show_new_list(request: Request, place: RuledWorkspace) -> Response:
    return _show(request, place, "", Faults(place.lang))


@router.post("")
def make_list(
    request: Request, session: DbSession, place: RuledWorkspace, name: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    name, faults = " ".join(name.split()), Faults(place.lang)
    check_list_name(session, place, name, faults, field="name")
    if faults:
        return _show(request, place, name, faults)
    try:
        made = add_list(session, place, name, now=clock.now())
    except RefusedError as error:
        faults.add("name", error.msgid, **error.values)
        return _show(request, place, name, faults)
    return RedirectResponse(f"{place.home}/lists/{made.slug}?done=made", 303)


def check_list_name(session: Session, place: Place, name: str, faults: Faults, *, field: str) -> None:
    """Note at `field` when a new list may not be called so: people could not tell two of one name apart."""
    if check_naming(slug="x", name=name):
        faults.add(field, BAD_NAME)
    elif name.casefold() in {one.name.casefold() for one in list_lists(session, place.workspace.id)}:
        faults.add(field, NAME_TAKEN)


def add_list(session: Session, place: Place, name: str, *, now: datetime) -> MailingList:
    """Store a list under a checked name; RefusedError when somebody makes one that is called so just now."""
    workspace_id = place.workspace.id
    made = create_list(session, workspace_id, propose_list_slug(session, workspace_id, name), name, now=now)
    record_activity(session, workspace_id, actor=place.actor, verb="list.made", subject=f"list:{made.id}", now=now)
    return made


def _show(request: Request, place: Place, name: str, faults: Faults) -> Response:
    return render(
        request, "lists/new.html", lang=place.lang, status=faults.status, place=place, name=name, faults=faults
    )
