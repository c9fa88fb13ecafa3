"""Making a newsletter, which owners do: what it is called, who sends it, and its lists, of which one can be new."""

from collections.abc import Collection

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.errors import InvalidError
from mailer.i18n import get_translations, mark
from mailer.lists.making import check_list_name, make_list
from mailer.lists.models import MailingList
from mailer.lists.queries import list_lists
from mailer.newsletters.create import NewNewsletter, check_address, parse_theme
from mailer.newsletters.making import find_just_made, has_name, make_newsletter
from mailer.newsletters.models import Newsletter
from mailer.newsletters.senders import TAKEN_DOMAIN, is_others_domain
from mailer.web.deps import DbSession, Place, RuledWorkspace
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.pages import render
from mailer.workspaces.naming import NAME_TAKEN, check_naming, find_name_fault

router = APIRouter(prefix="/app/{workspace}/new-newsletter")

TEXTS = ("name", "sender_name", "sender_email", "reply_to", "language", "new_list")
FIRST_LIST = mark("The newsletter")
NO_LIST = mark("Choose a list, or write the name of a new one")
BAD_ADDRESS = mark("Write an e-mail address, with plain letters before the @")
CHOOSE = mark("Choose one of these")


@router.get("")
def show_new_newsletter(request: Request, session: DbSession, place: RuledWorkspace) -> Response:
    lists = list_lists(session, place.workspace.id)
    typed = dict.fromkeys(TEXTS, "") | {"sender_name": place.workspace.name, "language": place.workspace.language}
    if not lists:
        typed["new_list"] = get_translations(place.lang).gettext(FIRST_LIST)
    return _show(request, place, typed, lists, lists if len(lists) == 1 else [], Faults(place.lang))


@router.post("")
def take_new_newsletter(request: Request, session: DbSession, place: RuledWorkspace, form: Typed) -> Response:
    lists = list_lists(session, place.workspace.id)
    typed = {name: " ".join(form.get(name, "").split()) for name in TEXTS}
    ticked = [one for one in lists if f"list.{one.slug}" in form]
    faults = _check(session, place, typed)
    if not ticked and not typed["new_list"]:
        faults.add("lists" if lists else "new_list", NO_LIST)
    made = None if faults else _make(session, place, typed, ticked, faults)
    if made is None:
        # A second press of the button ends where the first one did.
        made = find_just_made(session, place.workspace.id, typed["name"], actor=place.actor, now=clock.now())
    if made is None:
        return _show(request, place, typed, lists, ticked, faults)
    return RedirectResponse(f"{place.home}/newsletters/{made.slug}/theme?done=made", 303)


def _check(session: Session, place: Place, typed: dict[str, str]) -> Faults:
    """Return what is wrong, in the order of the page."""
    faults, workspace_id = Faults(place.lang), place.workspace.id
    wrong = {
        "name": find_name_fault(typed["name"]) or (has_name(session, workspace_id, typed["name"]) and NAME_TAKEN),
        "language": check_naming(slug="x", language=typed["language"]) and CHOOSE,
        "sender_name": find_name_fault(typed["sender_name"]),
        **{field: check_address(field, typed[field]) and BAD_ADDRESS for field in ("sender_email", "reply_to")},
    }
    if not wrong["sender_email"] and is_others_domain(session, workspace_id, typed["sender_email"]):
        wrong["sender_email"] = TAKEN_DOMAIN
    for field, words in wrong.items():
        if words:
            faults.add(field, words)
    if typed["new_list"]:
        faults.take(InvalidError(check_list_name(session, workspace_id, typed["new_list"])), {"name": "new_list"})
    return faults


def _make(
    session: Session, place: Place, typed: dict[str, str], ticked: Collection[MailingList], faults: Faults
) -> Newsletter | None:
    """Store the newsletter and its new list, both or neither; None, and noted, when somebody was there just now."""
    workspace, actor, now = place.workspace, place.actor, clock.now()
    new = NewNewsletter(
        slug="",
        theme=parse_theme({}, organisation=workspace.name, email=typed["reply_to"] or typed["sender_email"]),
        **{field: typed[field] for field in ("name", "sender_name", "sender_email", "reply_to", "language")},
    )
    at = {"name": "new_list"}
    try:
        with session.begin_nested():
            if typed["new_list"]:
                ticked = [*ticked, make_list(session, workspace.id, typed["new_list"], actor=actor, now=now)]
            at = {}
            return make_newsletter(session, workspace.id, new, list(ticked), actor=actor, now=now)
    except InvalidError as error:
        faults.take(error, at)
        return None


def _show(
    request: Request,
    place: Place,
    typed: dict[str, str],
    lists: Collection[MailingList],
    ticked: Collection[MailingList],
    faults: Faults,
) -> Response:
    return render(
        request,
        "newsletters/new.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        typed=typed,
        lists=lists,
        ticked=ticked,
        faults=faults,
    )
