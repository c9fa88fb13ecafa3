"""A list's settings: its name, who may join, on what ground people are on it, and what new ones are told."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mailer import clock
from mailer.activity.record import record_activity
from mailer.errors import InvalidError
from mailer.i18n import mark
from mailer.lists.making import check_list_name
from mailer.lists.models import MailingList
from mailer.lists.queries import ACCESS, LEGAL_BASES, get_list
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/lists/{slug}/settings")

TOO_LONG = mark("At most {most} characters")
CHOOSE = mark("Choose one of these")
LONGEST_DESCRIPTION, LONGEST_WELCOME = 400, 2000
SAVED = mark("Your changes are saved.")


@router.get("")
def show_settings(request: Request, session: DbSession, place: InWorkspace, slug: str, done: str = "") -> Response:
    found = get_list(session, place.workspace.id, slug)
    return _show(request, place, found, _stored(found), Faults(place.lang), said=SAVED if done else "")


@router.post("")
def save_settings(
    request: Request,
    session: DbSession,
    place: WritableWorkspace,
    slug: str,
    form: Typed,
) -> Response:
    found = get_list(session, place.workspace.id, slug)
    typed = {field: form.get(field, "").strip() for field in ("description", "access", "legal_basis", "welcome")}
    typed["name"] = " ".join(form.get("name", "").split())
    faults = _check(typed, place.lang)
    if typed["name"] != found.name:
        faults.take(InvalidError(check_list_name(session, place.workspace.id, typed["name"], but=found)))
    if faults:
        return _show(request, place, found, typed, faults)
    changed = [field for field, value in typed.items() if getattr(found, field) != value]
    for field in changed:
        setattr(found, field, typed[field])
    if changed:
        record_activity(
            session, place.workspace.id, actor=place.actor, verb="list.changed", subject=f"list:{found.id}",
            now=clock.now(), fields=changed,
        )  # fmt: skip
    return RedirectResponse(f"{place.home}/lists/{found.slug}/settings?done=yes", 303)


def _check(typed: dict[str, str], lang: str) -> Faults:
    faults = Faults(lang)
    for field, most in (("description", LONGEST_DESCRIPTION), ("welcome", LONGEST_WELCOME)):
        if len(typed[field]) > most:
            faults.add(field, TOO_LONG, most=most)
    for field, known in (("access", ACCESS), ("legal_basis", LEGAL_BASES)):
        if typed[field] not in known:
            faults.add(field, CHOOSE)
    return faults


def _stored(found: MailingList) -> dict[str, str]:
    return {name: getattr(found, name) for name in ("name", "description", "access", "legal_basis", "welcome")}


def _show(
    request: Request, place: Place, found: MailingList, typed: dict[str, str], faults: Faults, *, said: str = ""
) -> Response:
    return render(
        request,
        "lists/settings.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        list=found,
        typed=typed,
        faults=faults,
        said=said,
    )
