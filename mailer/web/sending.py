"""Sending an issue in two steps: a page that says to how many, and the POST that starts the dispatch.

However often and in however many tabs the button is pressed, there is one dispatch, and each press ends on its page.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer import clock
from mailer.archive.sendings import map_sent_lists
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.lines import has_braces_in_lines
from mailer.db import transaction
from mailer.deliveries.start import NO_LIST, NOBODY, count_recipients, list_combinations, start_dispatch
from mailer.errors import MailerError, NotFoundError, RefusedError
from mailer.i18n import get_translations, mark
from mailer.issues.drafts import load_document
from mailer.issues.models import DRAFT, Issue
from mailer.issues.queries import get_issue
from mailer.issues.saved import list_old, resolve_saved
from mailer.issues.stops import Stop, check_issue, lacks_images
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter
from mailer.render.merge import has_stray_braces
from mailer.web.choices import chosen_lists, list_choices
from mailer.web.deps import DbSession, InWorkspace, Place
from mailer.web.errors import error_page, say
from mailer.web.numbers import Number
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/send")

STRAY = mark("{{ in the text is sent as it stands. A name is written {{fornamn|läsare}}.")

NO_NAMES = mark(
    "{{ in a heading or another line is sent as it stands. Names are put into running text and the greeting only."
)
Slugs = list[str]
OLD_SAVED = mark("Nobody has changed the saved block for a year. Are its details still right?")


@router.get("")
def ask_to_send(
    request: Request,
    session: DbSession,
    place: InWorkspace,
    newsletter: str,
    number: Number,
    chosen: Annotated[Slugs, Query(alias="list", default_factory=list, max_length=100)],
    form: str = "",
) -> Response:
    """Ask which lists, then to confirm; `form` tells that the form was sent, perhaps with no list ticked."""
    issue = get_issue(session, place.workspace.id, newsletter, number)
    lists = chosen_lists(session, place.workspace.id, chosen)
    if not (chosen or form) or _all_sent(session, issue, lists):
        return _show(request, session, place, issue, lists)
    recipients = count_recipients(session, issue, lists, now=clock.now()) if lists else 0
    refusal = NOBODY if lists else NO_LIST
    reason = "" if recipients else get_translations(place.lang).gettext(refusal)
    stops = _list_stops(session, issue, lists) if recipients and place.may_send else []
    return _show(request, session, place, issue, lists, recipients=recipients, reason=reason, stops=stops)


@router.post("")
def send_issue(
    request: Request,
    session: DbSession,
    place: InWorkspace,
    newsletter: str,
    number: Number,
    chosen: Annotated[Slugs, Form(alias="list", default_factory=list, max_length=100)],
) -> Response:
    if not place.may_send:
        return error_page(request, 403)
    issue = get_issue(session, place.workspace.id, newsletter, number)
    lists = chosen_lists(session, place.workspace.id, chosen)
    try:
        dispatch_id = _start_once(session, place, issue, lists)
    except NotFoundError:
        raise  # deleted just now: there is no page to say it on
    except MailerError as error:
        return _show(request, session, place, issue, lists, reason=say(error, place.lang))
    return RedirectResponse(f"{place.home}/dispatches/{dispatch_id}", 303)


def _start_once(session: Session, place: Place, issue: Issue, lists: list[MailingList]) -> int:
    """Start a dispatch and return its id, or that of the one by which all of `lists` have got the issue already."""
    try:
        with session.begin_nested():
            return start_dispatch(session, issue, lists, actor=place.actor, now=clock.now()).id
    except (RefusedError, IntegrityError) as error:
        sent = map_sent_lists(session, issue.id)
        earlier = {sent.get(one.id) for one in lists}
        if len(earlier) == 1 and (dispatch_id := earlier.pop()) is not None:
            return dispatch_id
        if isinstance(error, RefusedError):
            raise
        raise RefusedError(mark("The issue is being sent to one of these lists already.")) from error


def _all_sent(session: Session, issue: Issue, lists: list[MailingList]) -> bool:
    return bool(lists) and {one.id for one in lists} <= map_sent_lists(session, issue.id).keys()


def _show(
    request: Request,
    session: Session,
    place: Place,
    issue: Issue,
    lists: list[MailingList],
    *,
    recipients: int = 0,
    reason: str = "",
    stops: Sequence[Stop] = (),
) -> Response:
    """Show why not (`reason`), or what to confirm (`recipients`), or the lists to choose from and those sent to.

    With `stops` there is nothing to confirm: each is told with the way to where it is put right.
    """
    slugs = [one.slug for one in lists] if lists or reason else None
    return render(
        request,
        "issues/send.html",
        lang=place.lang,
        status=422 if reason or stops else 200,
        place=place,
        newsletter=session.get_one(Newsletter, issue.newsletter_id),
        issue=issue,
        lists=lists,
        choices=list_choices(session, issue, now=clock.now(), slugs=slugs),
        recipients=recipients,
        reason=reason,
        stops=[(say(RefusedError(stop.msgid, **stop.values), place.lang), stop.block) for stop in stops],
        warnings=_list_warnings(session, place, issue, stops) if recipients else [],
    )


def _list_stops(session: Session, issue: Issue, lists: list[MailingList]) -> list[Stop]:
    combinations = list_combinations(session, issue, lists, now=clock.now())
    newsletter = session.get_one(Newsletter, issue.newsletter_id)
    if not lacks_images(session, newsletter, issue):
        return check_issue(session, newsletter, issue, combinations)
    with transaction() as writing:  # once for each new picture, whose sizes are stored on the way
        return check_issue(writing, newsletter, issue, combinations)


def _judge_braces(data: BlockData) -> Iterator[str]:
    """Yield what is to be said of merge fields that readers would see as they stand."""
    if has_stray_braces(data.model_dump_json()):
        yield STRAY
    if has_braces_in_lines(list_controls(type(data)), data.model_dump(mode="json")):
        yield NO_NAMES


def _list_warnings(session: Session, place: Place, issue: Issue, stops: Sequence[Stop]) -> list[tuple[str, str]]:
    """Return what blocks have to say before they are sent today: the block's title, and a sentence.

    A block that stops the issue has said so already.
    """
    if issue.state != DRAFT:
        return []
    today, gettext = clock.now().astimezone(clock.LOCAL_ZONE).date(), get_translations(place.lang).gettext
    raw = load_document(session, issue)
    document = resolve_saved(session, issue.newsletter_id, raw)
    warnings = [
        (block.data.headline(document.lang), gettext(words))
        for block in document.blocks
        if block.id not in {stop.block for stop in stops}
        for words in (*block.data.check(today), *_judge_braces(block.data))
    ]
    if "{{" in f"{document.subject}{document.preheader}{document.title}":
        warnings.insert(0, (document.subject, gettext(NO_NAMES)))
    old = list_old(session, issue.newsletter_id, raw, clock.now())
    return warnings + [(one.name, gettext(OLD_SAVED)) for one in old]
