"""What a newsletter's join form asks for, and how to put it on other pages."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from mailer import clock, links
from mailer.activity.record import record_activity
from mailer.i18n import get_translations, mark
from mailer.newsletters.join_form import JOIN_KINDS, MOST_FIELDS, OF_CHOICES, JoinForm, propose_key, read_join_form
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import default_lists, get_newsletter
from mailer.subscribers.stopped import sum_stopped
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/newsletters/{newsletter}/join")

WRONG = mark("Questions need a Swedish text of at most 80 characters, and choices need answers to choose from")
LEAD_LONG = mark("At most {most} characters")
LONGEST_LEAD = 400
SAVED = mark("Your changes are saved.")


@router.get("")
def show_settings(
    request: Request, session: DbSession, place: InWorkspace, newsletter: str, done: str = ""
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    rows = [_as_typed(one) for one in read_join_form(found.join_form).fields]
    return _show(request, session, place, found, _stored(found), rows, Faults(place.lang), said=SAVED if done else "")


@router.post("")
def save_settings(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, typed: Typed
) -> Response:
    found = get_newsletter(session, place.workspace.id, newsletter)
    rows, faults = _rows(typed), Faults(place.lang)
    for field in ("lead_sv", "lead_en"):
        if len(typed.get(field, "")) > LONGEST_LEAD:
            faults.add(field, LEAD_LONG, most=LONGEST_LEAD)
    try:
        form = _make_form(typed, rows)
    except ValidationError:
        faults.add("questions", WRONG)
    if faults:
        return _show(request, session, place, found, typed, rows, faults)
    found.join_form = form.model_dump(mode="json")
    record_activity(
        session, place.workspace.id, actor=place.actor, verb="newsletter.join_form_changed",
        subject=f"newsletter:{found.id}", now=clock.now(),
    )  # fmt: skip
    return RedirectResponse(f"{place.home}/newsletters/{found.slug}/join?done=yes", 303)


def _make_form(typed: dict[str, str], rows: list[dict[str, str]]) -> JoinForm:
    taken: set[str] = set()
    fields = []
    for row in rows:
        key = row["key"] or propose_key(row["label_sv"], taken)
        taken.add(key)
        choices = [line.strip() for line in row["choices"].splitlines() if line.strip()]
        if row["kind"] in OF_CHOICES and len(choices) < 2:
            choices = [""]  # which no choice may be
        fields.append(
            {
                "key": key,
                "kind": row["kind"],
                "label_sv": row["label_sv"],
                "label_en": row["label_en"],
                "is_required": bool(row["is_required"]),
                "choices": choices if row["kind"] in OF_CHOICES else [],
            }
        )
    return JoinForm.model_validate(
        {
            "asks_name": bool(typed.get("asks_name")),
            "asks_organisation": bool(typed.get("asks_organisation")),
            "lead_sv": typed.get("lead_sv", "")[:LONGEST_LEAD],
            "lead_en": typed.get("lead_en", "")[:LONGEST_LEAD],
            "proof": typed.get("proof") or "attacked",
            "fields": fields,
        }
    )


def _rows(typed: dict[str, str]) -> list[dict[str, str]]:
    """Return the questions that have a text, in the order of the page."""
    names = ("key", "kind", "label_sv", "label_en", "is_required", "choices")
    rows = [{name: typed.get(f"{number}.{name}", "") for name in names} for number in range(MOST_FIELDS)]
    return [row | {"kind": row["kind"] or "line"} for row in rows if row["label_sv"].strip() or row["label_en"].strip()]


def _as_typed(field: Any) -> dict[str, str]:  # noqa: ANN401 - a JoinField, whose import would be for this alone
    return {
        "key": field.key,
        "kind": field.kind,
        "label_sv": field.label_sv,
        "label_en": field.label_en,
        "is_required": "yes" if field.is_required else "",
        "choices": "\n".join(field.choices),
    }


def _stored(found: Newsletter) -> dict[str, str]:
    form = read_join_form(found.join_form)
    return {
        "asks_name": "yes" if form.asks_name else "",
        "asks_organisation": "yes" if form.asks_organisation else "",
        "lead_sv": form.lead_sv,
        "lead_en": form.lead_en,
        "proof": form.proof,
    }


def _show(
    request: Request,
    session: Session,
    place: Place,
    found: Newsletter,
    typed: dict[str, str],
    rows: list[dict[str, str]],
    faults: Faults,
    *,
    said: str = "",
) -> Response:
    spare = [dict.fromkeys(("key", "kind", "label_sv", "label_en", "is_required", "choices"), "")]
    address = links.join_url(found.slug)
    return render(
        request,
        "newsletters/join.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        newsletter=found,
        lists=default_lists(session, found.id),
        typed={"asks_name": "", "asks_organisation": "", "lead_sv": "", "lead_en": "", "proof": ""} | typed,
        rows=(rows + spare * MOST_FIELDS)[: min(MOST_FIELDS, len(rows) + 2)],
        address=address,
        snippet=f'<iframe src="{address}/embed" title="{found.name}" width="100%" height="640"></iframe>',
        plain_form=_write_plain_form(found, address),
        kinds=JOIN_KINDS,
        stopped=sum_stopped(session, found.id, now=clock.now()),
        faults=faults,
        said=said,
    )


def _write_plain_form(newsletter: Newsletter, address: str) -> str:
    """Return a form to paste into any page: no script, and after it our page with one step more."""
    gettext = get_translations(newsletter.language).gettext
    label, button = gettext("Email address"), gettext("Subscribe")
    return (
        f'<form method="post" action="{escape(address)}">\n'
        f'  <label>{label} <input type="email" name="email" autocomplete="email" required></label>\n'
        f'  <button type="submit">{button}</button>\n</form>'
    )
