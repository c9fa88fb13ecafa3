"""Withdrawing, correcting and redacting a sent issue on the web, from its page in the app."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from mailer import clock
from mailer.archive.revising import correct_issue, redact_issue, restore_issue, withdraw_issue
from mailer.issues.queries import get_issue
from mailer.web.deps import DbSession, WritableWorkspace
from mailer.web.numbers import Number

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}")

Line = Annotated[str, Form(max_length=2000)]


@router.post("/withdraw")
def withdraw(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, reason: Line = ""
) -> Response:
    issue = get_issue(session, place.workspace.id, newsletter, number)
    withdraw_issue(session, issue, reason, actor=place.actor, now=clock.now())
    return RedirectResponse(f"{place.home}/n/{newsletter}/{number}#web-title", 303)


@router.post("/restore")
def restore(session: DbSession, place: WritableWorkspace, newsletter: str, number: Number) -> Response:
    issue = get_issue(session, place.workspace.id, newsletter, number)
    restore_issue(session, issue, actor=place.actor, now=clock.now())
    return RedirectResponse(f"{place.home}/n/{newsletter}/{number}#web-title", 303)


@router.post("/correct")
def correct(
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    note: Line = "",
    old: Line = "",
    new: Line = "",
) -> Response:
    issue = get_issue(session, place.workspace.id, newsletter, number)
    correct_issue(session, issue, note, old, new, actor=place.actor, now=clock.now())
    return RedirectResponse(f"{place.home}/n/{newsletter}/{number}#web-title", 303)


@router.post("/redact")
def redact(session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, words: Line = "") -> Response:
    issue = get_issue(session, place.workspace.id, newsletter, number)
    redact_issue(session, issue, words, actor=place.actor, now=clock.now())
    return RedirectResponse(f"{place.home}/n/{newsletter}/{number}#web-title", 303)
