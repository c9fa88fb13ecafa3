"""A newsletter's theme: logo, colours, the texts of its frame, who sends it; with a sample of the mail beside."""

import math
import re
from http import HTTPStatus
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.queries import is_just_now
from mailer.activity.record import record_activity
from mailer.assets.library import DOCUMENTS, add_logo, hold_assets
from mailer.assets.store import MAX_FILE_BYTES
from mailer.db import transaction
from mailer.errors import InvalidError, NoRoomError
from mailer.i18n import get_translations, mark
from mailer.issues.reasons import translate_reason
from mailer.issues.sample import compose_sample
from mailer.newsletters.change import change_theme, merge_theme
from mailer.newsletters.colours import Role, find_colour_fault
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
from mailer.newsletters.theme import Theme
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace
from mailer.web.errors import say
from mailer.web.fields import Filled, read_filled
from mailer.web.forms import Faults
from mailer.web.frames import dress_mail, frame_mail
from mailer.web.headers import framed_mail
from mailer.web.pages import render
from mailer.web.picking import bring_words, open_picker

router = APIRouter(prefix="/app/{workspace}/newsletters/{newsletter}/theme")

Form = Annotated[Filled, Depends(read_filled)]
Scheme = Literal["light", "dark"]
COLOURS: tuple[Role, ...] = get_args(Role)
TEXTS = (
    "organisation", "organisation_number", "postal_address", "website", "email", "phone", "why", "privacy_url",
)  # fmt: skip
SWITCHES = ("show_contact", "show_share", "show_subscription")

SAVED = mark("Your changes are saved.")
BAD_NAME = mark("Write a name of at most 120 characters")
BAD_ADDRESS = mark("Write an e-mail address, with plain letters before the @")
BAD_COLOUR = mark("Write the colour as # and six digits or letters from a to f, such as #005a70")
TOO_LIGHT = mark(
    "Measured for {where}: {ratio}:1, and {least}:1 is needed. The nearest colour that passes is {proposal}."
)
BAD_LOGO = mark("The picture cannot be used. It has to be JPEG, PNG, WebP or GIF, of at most {most} MB.")
NO_PICTURE = mark("Choose a picture of this workspace")


@router.get("")
def show_theme(request: Request, session: DbSession, place: InWorkspace, newsletter: str, done: str = "") -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    said, is_new = SAVED if done == "yes" else "", done == "made" and is_just_now(found.created_at, clock.now())
    return _show(request, session, place, found, _stored(found), Faults(place.lang), said=said, is_new=is_new)


@router.post("")
def save_theme(request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, form: Form) -> Response:
    found, faults = get_newsletter(session, place.workspace.id, newsletter), Faults(place.lang)
    typed = bring_words(session, place.workspace.id, form.fields)
    typed |= {role: _tidy_colour(typed.get(f"use.{role}") or typed.get(role, "")) for role in COLOURS}
    if form.file_name:
        typed |= _take_logo(session, place, typed, form, faults)
    if faults or typed.get("find") or typed.get("look"):
        return _show(request, session, place, found, typed, faults)
    changed = _change(session, place, found, typed, faults)
    if faults:
        return _show(request, session, place, found, typed, faults)
    if changed:
        record_activity(
            session, place.workspace.id, actor=place.actor, verb="newsletter.theme_changed",
            subject=f"newsletter:{found.id}", now=clock.now(), fields=changed,
        )  # fmt: skip
    return RedirectResponse(f"{place.home}/newsletters/{found.slug}/theme?done=yes", HTTPStatus.SEE_OTHER)


@router.get("/sample")
def show_sample(session: DbSession, place: InWorkspace, newsletter: str, scheme: Scheme = "light") -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    with transaction() as writing:  # which may store the logo in the size of a mail
        html = compose_sample(writing, found, Theme.model_validate(found.theme))
    return _answer_sample(html, scheme)


@router.post("/sample")
def try_sample(session: DbSession, place: WritableWorkspace, newsletter: str, form: Form) -> Response:
    """Show what was typed without saving it; what cannot be used is shown as it is stored."""
    found = get_newsletter(session, place.workspace.id, newsletter)
    raw = _as_raw(form.fields | {role: _tidy_colour(form.fields.get(role, "")) for role in COLOURS})
    if not hold_assets(session, place.workspace.id, [str(raw["logo"])]):
        raw["logo"] = ""
    html = compose_sample(session, found, merge_theme(found, raw))
    return _answer_sample(html, "dark" if form.fields.get("scheme") == "dark" else "light")


def _answer_sample(html: str, scheme: Scheme) -> Response:
    return HTMLResponse(frame_mail(dress_mail(html, dark=scheme == "dark")), headers=framed_mail())


def _change(session: Session, place: Place, found: Newsletter, typed: dict[str, str], faults: Faults) -> list[str]:
    """Store what was typed, unless something is wrong: then it is noted at its field."""
    for role in COLOURS:
        _check_colour(role, typed[role], faults)
    raw = _as_raw(typed)
    if raw["logo"] and not hold_assets(session, place.workspace.id, [str(raw["logo"])]):
        faults.add("logo.asset", NO_PICTURE)
        return []
    sender = {name: " ".join(typed.get(name, "").split()) for name in ("sender_name", "reply_to")}
    try:
        return change_theme(found, raw, **sender)
    except InvalidError as error:
        for problem in error.problems:
            _note(problem.field, problem.reason, faults)
        return []


def _note(field: str, reason: str, faults: Faults) -> None:
    own = {"sender_name": BAD_NAME, "reply_to": BAD_ADDRESS}
    if field in own:
        faults.add(field, own[field])
    else:
        faults.note(field.replace("logo_alt", "logo.alt"), translate_reason(reason, faults.lang))


def _check_colour(role: Role, colour: str, faults: Faults) -> None:
    try:
        fault = find_colour_fault(role, colour)
    except ValueError:
        faults.add(role, BAD_COLOUR)
        return
    if fault:
        where = get_translations(faults.lang).gettext(fault.where)
        ratio, least = (_write_ratio(one, faults.lang) for one in (fault.ratio, fault.least))
        faults.add(role, TOO_LIGHT, where=where, ratio=ratio, least=least, proposal=fault.proposal)


def _write_ratio(ratio: float, lang: str) -> str:
    """Return a ratio rounded down, so that one that fails is never shown as the one that is needed."""
    digits = f"{math.floor(ratio * 100) / 100:.2f}".removesuffix("0").removesuffix(".0")
    return digits.replace(".", ",") if lang == "sv" else digits


def _tidy_colour(typed: str) -> str:
    """Return a colour as #rrggbb where it was meant so: 05A, #05a and 005A70 are."""
    colour = typed.strip().lower().removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", colour):
        colour = "".join(2 * digit for digit in colour)
    return f"#{colour}" if re.fullmatch(r"[0-9a-f]{6}", colour) else typed.strip()[:40]


def _take_logo(session: Session, place: Place, typed: dict[str, str], form: Filled, faults: Faults) -> dict[str, str]:
    """Put a picture into the library and choose it; it is called as the form says, or as the organisation."""
    words, organisation = (typed.get(name, "").strip() for name in ("logo.alt", "organisation"))
    try:
        if form.file_name.rpartition(".")[2].lower() in DOCUMENTS:
            raise ValueError(form.file_name)
        asset = add_logo(
            session, place.workspace.id, form.file_name, form.octets, words or organisation, now=clock.now()
        )
    except NoRoomError as error:
        faults.note("logo.file", say(error, place.lang))
        return {}
    except ValueError:
        faults.add("logo.file", BAD_LOGO, most=MAX_FILE_BYTES // 1_000_000)
        return {}
    # A theme without words of its own for the logo says the organisation's name, also when that changes.
    return {"logo.asset": asset.hash, "logo.alt": words or ("" if asset.alt == organisation else asset.alt)}


def _as_raw(typed: dict[str, str]) -> dict[str, object]:
    raw: dict[str, object] = {name: typed.get(name, "").strip() for name in (*TEXTS, *COLOURS)}
    raw |= {name: bool(typed.get(name)) for name in SWITCHES}
    logo = typed.get("logo.asset", "")
    return raw | {"logo": logo, "logo_alt": typed.get("logo.alt", "") if logo else ""}


def _stored(found: Newsletter) -> dict[str, str]:
    theme = Theme.model_validate(found.theme)
    typed = {name: str(getattr(theme, name)) for name in (*TEXTS, *COLOURS)}
    typed |= {name: "yes" if getattr(theme, name) else "" for name in SWITCHES}
    typed |= {"logo.asset": theme.logo, "logo.alt": theme.logo_alt}
    return typed | {"sender_name": found.sender_name, "reply_to": found.reply_to}


def _show(
    request: Request,
    session: Session,
    place: Place,
    found: Newsletter,
    typed: dict[str, str],
    faults: Faults,
    *,
    said: str = "",
    is_new: bool = False,
) -> Response:
    return render(
        request,
        "newsletters/theme.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=found,
        typed=typed,
        picker=open_picker(session, place.workspace.id, typed),
        shown=merge_theme(found, {role: typed.get(role, "") for role in COLOURS}).palette,
        proposals={role: _propose(role, typed.get(role, "")) for role in COLOURS},
        faults=faults,
        said=said,
        is_new=is_new,
    )


def _propose(role: Role, colour: str) -> str:
    try:
        fault = find_colour_fault(role, colour)
    except ValueError:
        return ""
    return fault.proposal if fault else ""
