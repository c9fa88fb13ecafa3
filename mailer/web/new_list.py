"""Making a list, which owners do: its name is asked for, its short name is made of that.

A second press of the button ends where the first one did.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mailer import clock
from mailer.errors import InvalidError
from mailer.lists.making import find_just_made, make_list
from mailer.web.deps import DbSession, Place, RuledWorkspace
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.pages import render

# Not below /lists/, where every word is some list's short name.
router = APIRouter(prefix="/app/{workspace}/new-list")


@router.get("")
def show_new_list(request: Request, place: RuledWorkspace) -> Response:
    return _show(request, place, "", Faults(place.lang))


@router.post("")
def take_new_list(request: Request, session: DbSession, place: RuledWorkspace, form: Typed) -> Response:
    name, workspace_id, now = " ".join(form.get("name", "").split()), place.workspace.id, clock.now()
    try:
        made = make_list(session, workspace_id, name, actor=place.actor, now=now)
    except InvalidError as error:
        before = find_just_made(session, workspace_id, name, actor=place.actor, now=now)
        if before is None:
            faults = Faults(place.lang)
            faults.take(error)
            return _show(request, place, name, faults)
        made = before
    return RedirectResponse(f"{place.home}/lists/{made.slug}?done=made", 303)


def _show(request: Request, place: Place, name: str, faults: Faults) -> Response:
    return render(
        request, "lists/new.html", lang=place.lang, status=faults.status, place=place, name=name, faults=faults
    )
