"""A newsletter's settings: its name, the address its mails are sent from, which is for owners, and its lists.

The form tells what it showed (`was.…`): what was not changed there follows whoever else has changed it meanwhile.
"""

from collections.abc import Collection, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.errors import InvalidError, OvertakenError
from mailer.i18n import mark
from mailer.lists.models import MailingList
from mailer.lists.queries import list_lists
from mailer.newsletters.change import change_settings
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import default_lists, get_newsletter, lock_newsletter
from mailer.newsletters.senders import TAKEN_DOMAIN
from mailer.web.deps import DbSession, InWorkspace, NotAllowedError, Place, WritableWorkspace
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/newsletters/{newsletter}/settings")

TEXTS = ("name", "sender_email")
SAVED = mark("Your changes are saved.")
THEIRS = mark("Somebody else has written here meanwhile: “{theirs}”. Save again to put yours in its place.")
BAD_ADDRESS = mark("Write an e-mail address, with plain letters before the @")


@router.get("")
def show_settings(
    request: Request, session: DbSession, place: InWorkspace, newsletter: str, done: str = ""
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    ticked = default_lists(session, found.id)
    return _show(request, session, place, found, {}, ticked, Faults(place.lang), said=SAVED if done else "")


@router.post("")
def save_settings(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, form: Typed
) -> Response:
    found, faults = get_newsletter(session, place.workspace.id, newsletter), Faults(place.lang)
    lock_newsletter(session, found)
    if "sender_email" in form and not place.may_rule:
        raise NotAllowedError
    typed = {name: " ".join(form[name].split()) for name in TEXTS if name in form}
    was = {name: form[f"was.{name}"] for name in TEXTS if f"was.{name}" in form}
    here = default_lists(session, found.id)
    ticked = [one for one in list_lists(session, place.workspace.id) if _is_ticked(one, form, is_there=one in here)]
    try:
        changed = change_settings(session, found, typed, ticked, was=was)
    except OvertakenError as error:
        for name, theirs in error.theirs.items():
            faults.add(name, THEIRS, theirs=theirs)
    except InvalidError as error:
        for problem in error.problems:
            is_odd = problem.field == "sender_email" and problem.reason != TAKEN_DOMAIN
            faults.add(problem.field, BAD_ADDRESS if is_odd else problem.reason)
    if faults:
        own_words = {name: text for name, text in typed.items() if text != was.get(name)}
        return _show(request, session, place, found, own_words, ticked, faults)
    if changed:
        record_activity(
            session, place.workspace.id, actor=place.actor, verb="newsletter.settings_changed",
            subject=f"newsletter:{found.id}", now=clock.now(), fields=changed,
        )  # fmt: skip
    return RedirectResponse(f"{place.home}/newsletters/{found.slug}/settings?done=yes", 303)


def _is_ticked(one: MailingList, form: Mapping[str, str], *, is_there: bool) -> bool:
    """Whether a list is one of the newsletter's: as the form says where it was changed there, else as it is now."""
    ticked, shown = (f"{prefix}list.{one.slug}" in form for prefix in ("", "was."))
    return is_there if ticked == shown else ticked


def _show(
    request: Request,
    session: Session,
    place: Place,
    found: Newsletter,
    typed: Mapping[str, str],
    ticked: Collection[MailingList],
    faults: Faults,
    *,
    said: str = "",
) -> Response:
    present: dict[str, str] = {name: getattr(found, name) for name in TEXTS}
    return render(
        request,
        "newsletters/settings.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=found,
        present=present,
        typed=present | dict(typed),
        lists=list_lists(session, place.workspace.id),
        here=default_lists(session, found.id),
        ticked=ticked,
        faults=faults,
        said=said,
    )
