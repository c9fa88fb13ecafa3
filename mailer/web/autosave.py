"""The composer with script: what is typed is stored in its pauses, and the answer is what the preview must change.

Each route does what the form of the same block does without script, and answers in JSON: `faults` by field (422),
`theirs` when somebody else has changed the block meanwhile (409), nothing when it is gone (404), or the `revision` that
is now stored. An answer that is a page means that nothing can be stored here.
"""

import re
import zlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.db import transaction
from mailer.errors import InvalidError, NotFoundError, RefusedError
from mailer.issues.editing import ConflictError, find_block, lock_draft
from mailer.issues.models import Issue
from mailer.issues.presence import note_presence
from mailer.issues.preview import preview_issue
from mailer.issues.queries import list_blocks
from mailer.newsletters.models import Newsletter
from mailer.render.jinja import Form
from mailer.web.block_fields import take_faults, tell_theirs
from mailer.web.block_forms import save_typed, store_new
from mailer.web.composer import save_typed_facts
from mailer.web.deps import DbSession, WritableWorkspace
from mailer.web.drafts import find_issue
from mailer.web.errors import say
from mailer.web.fields import read_fields
from mailer.web.frames import frame_mail
from mailer.web.headers import framed_draft
from mailer.web.previews import Number

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/edit")

Typed = Annotated[dict[str, str], Depends(read_fields)]
_MARKED = re.compile(r"<!--block:(?P<id>[\w-]+)-->(?P<html>.*?)<!--/block:(?P=id)-->", re.DOTALL)
_BESIDE: tuple[Form, ...] = ("email",)  # what stands beside the forms and follows each key; the others are asked for
_MARK = re.compile(r"<!--/?block:[\w-]+-->")


@router.post("/autosave")
def autosave_facts(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)

    def save() -> Response:
        lock_draft(session, issue.id)
        save_typed_facts(session, issue, typed, actor=place.actor)
        return _show(session, found, issue, typed)

    return _answer(save, place.lang, prefix="")


@router.post("/add/{kind}/autosave")
def autosave_new(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, kind: str, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)

    def save() -> Response:
        lock_draft(session, issue.id)
        if find_block(session, issue, typed.get("id", "")):
            row = save_typed(session, issue, typed["id"], typed, actor=place.actor)
        else:
            row = store_new(session, issue, kind, typed, actor=place.actor)
        return _show(session, found, issue, typed, block=row.block_id, revision=row.revision)

    return _answer(save, place.lang)


@router.post("/b/{block}/autosave")
def autosave(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, block: str, typed: Typed
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)

    def save() -> Response:
        lock_draft(session, issue.id)
        row = save_typed(session, issue, block, typed, actor=place.actor)
        return _show(session, found, issue, typed, block=block, revision=row.revision)

    return _answer(save, place.lang)


@router.post("/presence")
def tell_presence(
    session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, typed: Typed
) -> Response:
    """Note where this tab is; answer who else is here, and which revision each block has."""
    _newsletter, issue = find_issue(session, place, newsletter, number)
    tab, block = typed.get("tab", "")[:40], typed.get("block", "")[:64]
    people = note_presence(session, issue, place.user, tab, block, clock.now())
    blocks = {row.block_id: row.revision for row in list_blocks(session, issue.id)}
    return JSONResponse({"people": [{"name": one.name, "block": one.block_id} for one in people], "blocks": blocks})


@router.get("/live")
def show_live(
    session: DbSession,
    place: WritableWorkspace,
    newsletter: str,
    number: Number,
    form: Literal["mail", "text"] = "mail",
) -> Response:
    """Show the mail with its blocks marked, for the page around it to change block by block; or its plain text."""
    found, issue = find_issue(session, place, newsletter, number)
    with transaction() as writing:  # resized pictures may be stored on the way
        mail = preview_issue(writing, found, issue, markers=form == "mail")
    if form == "text":
        return PlainTextResponse(mail.text, headers=framed_draft())
    return HTMLResponse(frame_mail(mail.html), headers=framed_draft())


def _answer(save: Callable[[], Response], lang: str, prefix: str = "f.") -> Response:
    """Save, or say in JSON why not."""
    try:
        return save()
    except InvalidError as error:
        faults = take_faults(error, lang, prefix).by_field
    except ConflictError as conflict:
        theirs = conflict.theirs
        told = {"theirs": tell_theirs(theirs, lang), "revision": theirs.revision}
        return JSONResponse(told, HTTPStatus.CONFLICT)
    except NotFoundError:
        return JSONResponse({}, HTTPStatus.NOT_FOUND)
    except RefusedError as error:
        faults = {"form": say(error, lang)}
    return JSONResponse({"faults": faults}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _show(session: Session, newsletter: Newsletter, issue: Issue, typed: dict[str, str], **told: Any) -> Response:  # noqa: ANN401 - JSON
    """Answer what is stored, and the blocks of the mail that differ from what the tab has seen (`id:hash id:hash`)."""
    session.flush()
    mail = preview_issue(session, newsletter, issue, markers=True, forms=_BESIDE)
    parts = {found["id"]: found["html"] for found in _MARKED.finditer(mail.html)}
    hashes = {block: f"{zlib.crc32(html.encode()):08x}" for block, html in parts.items()}
    seen = dict(one.rpartition(":")[::2] for one in typed.get("seen", "").split())
    changed = {block: html for block, html in parts.items() if seen.get(block) != hashes[block]}
    size = len(_MARK.sub("", mail.html).encode())
    inbox = {"subject": mail.subject, "preheader": mail.preheader}
    return JSONResponse({**told, **inbox, "hashes": hashes, "changed": changed, "bytes": size})
