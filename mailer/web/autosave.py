"""The composer with script: what is typed is stored in its pauses, and the answer is what the preview must change.

Each route does what the form of the same block does without script, and answers in JSON: `faults` by field (422),
what was written elsewhere meanwhile (409: `theirs` of a block, or `facts`), that the block is gone (404), or what is
stored now; `isOwn` tells that it was the same person. An answer that is a page means that nothing can be stored here;
with 404 the issue itself is gone.
"""

import logging
import re
import zlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.db import transaction
from mailer.errors import InvalidError, NotFoundError, OvertakenError, RefusedError
from mailer.issues.changers import find_block_changer
from mailer.issues.compose import Composition
from mailer.issues.editing import ConflictError, find_block, lock_draft
from mailer.issues.facts import list_facts
from mailer.issues.models import Issue
from mailer.issues.presence import note_presence
from mailer.issues.preview import preview_issue
from mailer.issues.queries import list_blocks
from mailer.issues.steps import find_undoable
from mailer.log import ids
from mailer.newsletters.models import Newsletter
from mailer.render.jinja import Form
from mailer.web.block_fields import take_faults, tell_theirs
from mailer.web.block_forms import save_typed, store_new
from mailer.web.composer import save_typed_facts
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.drafts import find_issue
from mailer.web.errors import say
from mailer.web.fields import Typed
from mailer.web.frames import frame_mail
from mailer.web.headers import framed_draft
from mailer.web.numbers import Number
from mailer.web.undoing import UNDO, name_step

log = logging.getLogger(__name__)
router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/edit")

_MARKED = re.compile(r"<!--block:(?P<id>[\w-]+)-->(?P<html>.*?)<!--/block:(?P=id)-->", re.DOTALL)
_BESIDE: tuple[Form, ...] = ("email",)  # what stands beside the forms and follows each key; the others are asked for
_MARK = re.compile(r"<!--/?block:[\w-]+-->")


@router.post("/autosave")
def autosave_facts(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)

    def save() -> dict[str, Any]:
        save_typed_facts(session, issue, typed, actor=place.actor)
        return {"facts": list_facts(issue)}

    return _answer(session, place, found, issue, typed, save, prefix="")


@router.post("/add/{kind}/autosave")
def autosave_new(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, kind: str, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)

    def save() -> dict[str, Any]:
        if find_block(session, issue, typed.get("id", "")):
            row = save_typed(session, issue, typed["id"], typed, actor=place.actor)
        else:
            row = store_new(session, issue, kind, typed, actor=place.actor)
        return {"block": row.block_id, "revision": row.revision}

    return _answer(session, place, found, issue, typed, save)


@router.post("/b/{block}/autosave")
def autosave(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, block: str, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)

    def save() -> dict[str, Any]:
        row = save_typed(session, issue, block, typed, actor=place.actor)
        return {"block": block, "revision": row.revision}

    return _answer(session, place, found, issue, typed, save, block=block)


@router.post("/presence")
def tell_presence(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    """Note where this tab is; answer who else is here, each block's revision, and the issue's facts and number."""
    _newsletter, issue = find_issue(session, place, newsletter, number)
    tab, block = typed.get("tab", "")[:40], typed.get("block", "")[:64]
    people = note_presence(session, issue, place.user, tab, block, clock.now())
    blocks = {row.block_id: row.revision for row in list_blocks(session, issue.id)}
    told = [{"name": one.name, "block": one.block_id} for one in people]
    return JSONResponse({"people": told, "blocks": blocks, "facts": list_facts(issue), "number": issue.number})


@router.get("/live")
def show_live(
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    form: Literal["mail", "text"] = "mail",
    to: str = "",
) -> Response:
    """Show the mail with its blocks marked, for the page around it to change block by block; or its plain text."""
    found, issue = find_issue(session, place, newsletter, number)
    with transaction() as writing:  # resized pictures may be stored on the way
        mail = preview_issue(writing, found, issue, to=to[:63], markers=form == "mail")
    if form == "text":
        return PlainTextResponse(mail.text, headers=framed_draft())
    told = {"subject": mail.subject, "preheader": mail.preheader, "bytes": _measure(mail)}
    return HTMLResponse(frame_mail(mail.html, **told), headers=framed_draft())


def _answer(
    session: Session,
    place: Place,
    newsletter: Newsletter,
    issue: Issue,
    typed: dict[str, str],
    save: Callable[[], dict[str, Any]],
    prefix: str = "f.",
    block: str = "",
) -> Response:
    """Save, and tell what is stored and how the mail has changed by it; or say in JSON why not."""
    try:
        lock_draft(session, issue.id)
    except RefusedError as error:
        return JSONResponse({"faults": {"form": say(error, place.lang)}}, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        told = save()
    except InvalidError as error:
        faults = take_faults(error, place.lang, prefix).by_field
    except ConflictError as conflict:
        theirs, is_own = conflict.theirs, conflict.by == place.actor
        told = {"theirs": tell_theirs(theirs, place.lang), "revision": theirs.revision, "isOwn": is_own}
        return JSONResponse(told, HTTPStatus.CONFLICT)
    except NotFoundError:
        is_own = find_block_changer(session, issue.id, block) == place.actor
        return JSONResponse({"isOwn": is_own}, HTTPStatus.NOT_FOUND)
    except OvertakenError as overtaken:
        told = {"facts": overtaken.theirs, "isOwn": overtaken.by == place.actor}
        return JSONResponse(told, HTTPStatus.CONFLICT)
    except RefusedError as error:
        faults = {"form": say(error, place.lang)}
    else:
        session.flush()
        told |= {"change": issue.block_revision, "undo": name_step(find_undoable(session, issue.id), UNDO, place.lang)}
        return JSONResponse(told | _compare(session, newsletter, issue, typed))
    return JSONResponse({"faults": faults}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _compare(session: Session, newsletter: Newsletter, issue: Issue, typed: dict[str, str]) -> dict[str, Any]:
    """Return the blocks of the mail that differ from what the tab has seen (`id:hash id:hash`), with all hashes.

    What is stored stays stored when it cannot be shown: then nothing is told, and the preview itself says why.
    """
    try:
        mail = preview_issue(session, newsletter, issue, to=typed.get("to_list", "")[:63], markers=True, forms=_BESIDE)
    except (InvalidError, RefusedError) as error:
        log.warning("a draft cannot be shown", extra=ids(error=error))
        return {}
    parts = {found["id"]: found["html"] for found in _MARKED.finditer(mail.html)}
    hashes = {block: f"{zlib.crc32(html.encode()):08x}" for block, html in parts.items()}
    seen = dict(one.rpartition(":")[::2] for one in typed.get("seen", "").split())
    changed = {block: html for block, html in parts.items() if seen.get(block) != hashes[block]}
    told = {"subject": mail.subject, "preheader": mail.preheader, "bytes": _measure(mail)}
    return told | {"hashes": hashes, "changed": changed}


def _measure(mail: Composition) -> int:
    """Return how many octets the mail's HTML has at the most, without our marks."""
    return len(_MARK.sub("", mail.html).encode()) + mail.longer_bytes
