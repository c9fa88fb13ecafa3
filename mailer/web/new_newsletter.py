"""Making a newsletter, which owners do: what it is called, who sends it, and its lists, of which one can be new."""

from collections.abc import Collection

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.errors import RefusedError
from mailer.i18n import get_translations, mark
from mailer.lists.models import MailingList
from mailer.lists.queries import list_lists
from mailer.newsletters.create import (
    NewNewsletter,
    check_address,
    create_newsletter,
    parse_theme,
    propose_newsletter_slug,
)
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import list_newsletters
from mailer.web.deps import DbSession, Place, RuledWorkspace
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.new_list import BAD_NAME, NAME_TAKEN, add_list, check_list_name
from mailer.web.pages import render
from mailer.workspaces.naming import check_naming

router = APIRouter(prefix="/app/{workspace}/new-newsletter")

TEXTS = ("name", "sender_name", "sender_email", "reply_to", "language", "new_list")
FIRST_LIST = mark("The newsletter")
NO_LIST = mark("Choose a list, or write the name of a new one")
BAD_ADDRESS = mark("Write an e-mail address, with plain letters before the @")
SAID = {  # in the order of the page
    "name": BAD_NAME,
    "language": mark("Choose one of these"),
    "sender_name": BAD_NAME,
    "sender_email": BAD_ADDRESS,
    "reply_to": BAD_ADDRESS,
}


@router.get("")
def show_new_newsletter(request: Request, session: DbSession, place: RuledWorkspace) -> Response:
    lists = list_lists(session, place.workspace.id)
    typed = dict.fromkeys(TEXTS, "") | {"sender_name": place.workspace.name, "language": place.workspace.language}
    if not lists:
        typed["new_list"] = get_translations(place.lang).gettext(FIRST_LIST)
    return _show(request, place, typed, lists, lists if len(lists) == 1 else [], Faults(place.lang))


@router.post("")
def make_newsletter(request: Request, session: DbSession, place: RuledWorkspace, form: Typed) -> Response:
    lists = list_lists(session, place.workspace.id)
    typed = {name: " ".join(form.get(name, "").split()) for name in TEXTS}
    ticked = [one for one in lists if f"list.{one.slug}" in form]
    faults = _check(session, place, typed)
    if not ticked and not typed["new_list"]:
        faults.add("lists" if lists else "new_list", NO_LIST)
    made = None if faults else _make(session, place, typed, ticked, faults)
    if made is None:
        return _show(request, place, typed, lists, ticked, faults)
    return RedirectResponse(f"{place.home}/newsletters/{made.slug}/theme?done=made", 303)


def _check(session: Session, place: Place, typed: dict[str, str]) -> Faults:
    faults = Faults(place.lang)
    problems = check_naming(slug="x", name=typed["name"], sender_name=typed["sender_name"], language=typed["language"])
    problems += [one for field in ("sender_email", "reply_to") for one in check_address(field, typed[field])]
    wrong = {one.field for one in problems}
    for field, words in SAID.items():
        if field in wrong:
            faults.add(field, words)
    if typed["name"].casefold() in {one.name.casefold() for one in list_newsletters(session, place.workspace.id)}:
        faults.add("name", NAME_TAKEN)
    if typed["new_list"]:
        check_list_name(session, place, typed["new_list"], faults, field="new_list")
    return faults


def _make(
    session: Session, place: Place, typed: dict[str, str], ticked: Collection[MailingList], faults: Faults
) -> Newsletter | None:
    """Store the newsletter and its new list, both or neither; None, and noted, when somebody was there just now."""
    workspace, now = place.workspace, clock.now()
    new = NewNewsletter(
        slug=propose_newsletter_slug(session, typed["name"]),
        theme=parse_theme({}, organisation=workspace.name, email=typed["reply_to"] or typed["sender_email"]),
        **{field: typed[field] for field in ("name", "sender_name", "sender_email", "reply_to", "language")},
    )
    try:
        with session.begin_nested():
            added = [add_list(session, place, typed["new_list"], now=now)] if typed["new_list"] else []
            made = create_newsletter(session, workspace.id, new, [*ticked, *added], now=now)
            record_activity(
                session, workspace.id, actor=place.actor, verb="newsletter.made", subject=f"newsletter:{made.id}",
                now=now,
            )  # fmt: skip
    except RefusedError as error:
        faults.add("name", error.msgid, **error.values)
        return None
    return made


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
