"""My subscription as a fresh link opens it: everything can be seen and changed, and ended."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.archive.reading import list_for_readers, sign_reading
from mailer.clock import LOCAL_ZONE
from mailer.errors import NotFoundError
from mailer.i18n import LANGUAGES, mark
from mailer.newsletters.join_form import BETWEEN, JoinField, read_join_form
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import list_newsletters
from mailer.polls.forgetting import erase_votes, list_own_answers
from mailer.render.sanitise import clean_line
from mailer.subscribers.addresses import ask_for_change
from mailer.subscribers.consent import keep_text
from mailer.subscribers.erasing import erase_subscriber
from mailer.subscribers.managing import (
    LONGEST_PAUSE,
    LinkTooOldError,
    choose_lists,
    find_newsletter_of,
    list_places,
    open_own_link,
    pause_all,
    resume_all,
)
from mailer.subscribers.models import PAUSED, Subscriber
from mailer.subscribers.own_data import collect_data, write_csv, write_json
from mailer.web.deps import DbSession, DeadLinkError
from mailer.web.forms import Faults
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import DEAD_LINK, theme_of
from mailer.web.public.join import consent_words
from mailer.web.public.join_checks import EMPTY, NO_ADDRESS, check_answers, check_facts
from mailer.web.public.join_fields import read_own_answers
from mailer.web.public.subscription import show_too_old

router = APIRouter()

SAID = {
    "saved": mark("Your changes are saved."),
    "paused": mark("Your subscription is paused."),
    "resumed": mark("Your subscription goes on."),
    "address": mark("We have sent an email to the new address. The change is made when you confirm it there."),
}
BAD_DAY = mark("Choose a day from tomorrow on, at most a year away")


@dataclass(frozen=True)
class Own:
    """Whose page it is, and the newsletter whose look it has."""

    subscriber: Subscriber
    newsletter: Newsletter
    lang: str


@router.get("/min/{token}")
def show_own(request: Request, session: DbSession, token: str, done: str = "") -> Response:
    try:
        own = _open(request, session, token)
    except LinkTooOldError as error:
        return show_too_old(request, session, error.subscriber)
    return _show(request, session, own, token, said=SAID.get(done, ""))


@router.post("/min/{token}")
def save(
    request: Request,
    session: DbSession,
    token: str,
    chosen: Annotated[list[int], Form(alias="list", default_factory=list, max_length=500)],
    answers: Annotated[dict[str, list[str]], Depends(read_own_answers)],
    name: Annotated[str, Form(max_length=1000)] = "",
    organisation: Annotated[str, Form(max_length=1000)] = "",
    language: Annotated[str, Form(max_length=2)] = "",
) -> Response:
    own = _open(request, session, token)
    faults = Faults(own.lang)
    name, organisation = clean_line(name), clean_line(organisation)
    check_facts(name, organisation, faults)
    mine, now = own.subscriber, clock.now()
    kept = check_answers(_questions(session, mine), answers, faults, mine.attributes)
    if faults:
        typed = {"name": name, "organisation": organisation}
        return _show(request, session, own, token, faults=faults, typed=typed, answers=answers)
    mine.name, mine.organisation, mine.attributes = name, organisation, {**mine.attributes, **kept}
    mine.language = language if language in LANGUAGES else mine.language
    shown = [one for one, _ in list_places(session, mine) if one.id in chosen]
    version = keep_text(session, mine.workspace_id, consent_words(own.newsletter, shown, own.lang), own.lang, now)
    choose_lists(session, mine, chosen, now=now, text_version=version)
    return RedirectResponse(f"/min/{token}?done=saved", 303)


@router.post("/min/{token}/pause")
def pause(
    request: Request, session: DbSession, token: str, until: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    own, now = _open(request, session, token), clock.now()
    faults = Faults(own.lang)
    try:
        day = date.fromisoformat(until)
        moment = datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)
    except ValueError:
        moment = now
    if not now < moment <= now + LONGEST_PAUSE:
        faults.add("until", BAD_DAY)
        return _show(request, session, own, token, faults=faults)
    pause_all(session, own.subscriber, moment)
    return RedirectResponse(f"/min/{token}?done=paused", 303)


@router.post("/min/{token}/resume")
def resume(request: Request, session: DbSession, token: str) -> Response:
    resume_all(session, _open(request, session, token).subscriber)
    return RedirectResponse(f"/min/{token}?done=resumed", 303)


@router.post("/min/{token}/address")
def change_address(
    request: Request, session: DbSession, token: str, email: Annotated[str, Form(max_length=320)] = ""
) -> Response:
    own = _open(request, session, token)
    try:
        ask_for_change(session, own.subscriber, own.newsletter, email.strip(), own.lang, now=clock.now())
    except ValueError:
        faults = Faults(own.lang)
        faults.add("email", NO_ADDRESS if email.strip() else EMPTY)
        return _show(request, session, own, token, faults=faults, typed={"email": email})
    return RedirectResponse(f"/min/{token}?done=address", 303)


@router.get("/min/{token}/data.{form}")
def download_data(request: Request, session: DbSession, token: str, form: str) -> Response:
    own = _open(request, session, token)
    data = collect_data(session, own.subscriber) | {"polls": list_own_answers(session, own.subscriber)}
    if form == "json":
        return _file(write_json(data), "application/json", "my-data.json")
    if form == "csv":
        return _file(write_csv(data), "text/csv; charset=utf-8", "my-data.csv")
    raise NotFoundError("There is no such form.")


@router.get("/min/{token}/erase")
def ask_to_erase(request: Request, session: DbSession, token: str) -> Response:
    own = _open(request, session, token)
    return _reader_page(request, "erase", own.newsletter, own.lang, token=token, address=own.subscriber.address)


@router.post("/min/{token}/erase")
def erase(request: Request, session: DbSession, token: str) -> Response:
    own, now = _open(request, session, token), clock.now()
    workspace_id = own.subscriber.workspace_id
    erase_votes(session, own.subscriber)
    erase_subscriber(session, own.subscriber, now=now)
    record_activity(session, workspace_id, actor="reader", verb="subscriber.erased", subject="subscriber", now=now)
    return _reader_page(request, "erased", own.newsletter, own.lang)


def _open(request: Request, session: Session, token: str) -> Own:
    """Return whose page a fresh link opens; a dead or old one is refused."""
    try:
        subscriber = open_own_link(session, token, clock.now())
    except LinkTooOldError:
        raise
    except NotFoundError:
        raise DeadLinkError(DEAD_LINK) from None
    newsletter = find_newsletter_of(session, subscriber)
    if newsletter is None:
        raise DeadLinkError(DEAD_LINK)
    return Own(subscriber, newsletter, reader_language(request, subscriber.language or newsletter.language))


def _show(
    request: Request,
    session: Session,
    own: Own,
    token: str,
    *,
    faults: Faults | None = None,
    typed: dict[str, str] | None = None,
    answers: dict[str, list[str]] | None = None,
    said: str = "",
) -> Response:
    mine, faults = own.subscriber, faults or Faults(own.lang)
    places = list_places(session, mine)
    paused = [place.paused_until for _, place in places if place and place.state == PAUSED and place.paused_until]
    facts = {"name": mine.name, "organisation": mine.organisation, "email": ""}
    return render(
        request,
        "subscriptions/own.html",
        lang=own.lang,
        headers=token_page(),
        status=faults.status,
        newsletter=own.newsletter,
        theme=theme_of(own.newsletter),
        token=token,
        mine=mine,
        typed=facts | (typed or {}),
        places=places,
        questions=_questions(session, mine),
        answers=answers or {key: str(value).split(BETWEEN) for key, value in mine.attributes.items()},
        archives=[(one.name, sign_reading(mine, one)) for one in list_for_readers(session, mine)],
        languages=LANGUAGES,
        paused_until=max(paused, default=None),
        proposed=(clock.now() + timedelta(days=91)).date().isoformat(),
        consents=collect_data(session, mine)["consents"],
        faults=faults,
        said=said,
    )


def _questions(session: Session, subscriber: Subscriber) -> tuple[JoinField, ...]:
    """Return what the join forms of the workspace ask for, each question once; none of them must be answered here."""
    found = {
        one.key: one.model_copy(update={"is_required": False})
        for newsletter in list_newsletters(session, subscriber.workspace_id)
        for one in read_join_form(newsletter.join_form).fields
    }
    return tuple(found.values())


def _reader_page(
    request: Request, page: str, newsletter: Newsletter, lang: str, *, token: str = "", address: str = ""
) -> Response:
    return render(
        request,
        f"subscriptions/{page}.html",
        lang=lang,
        headers=token_page(),
        newsletter=newsletter,
        theme=theme_of(newsletter),
        token=token,
        address=address,
    )


def _file(text: str, media_type: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=token_page() | disposition)
