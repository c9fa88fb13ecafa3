"""A workspace's pictures and documents: what issues can show, and putting in more."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.assets.store import MAX_FILE_BYTES, MEDIA_TYPES, add_file, add_image, list_assets, show_url
from mailer.i18n import mark
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace
from mailer.web.forms import Faults
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/files")

NO_FILE = mark("Choose a file")
BAD_FILE = mark(
    "This file cannot be used. Pictures are JPEG, PNG, WebP or GIF, documents {kinds}, of at most {most} MB."
)
_DOCUMENTS = frozenset(MEDIA_TYPES) - {"jpg", "png"}


@router.get("")
def show_files(request: Request, session: DbSession, place: InWorkspace) -> Response:
    return _show(request, session, place, Faults(place.lang))


@router.post("")
def put_in(
    request: Request, session: DbSession, place: WritableWorkspace, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Store a picture, cleaned of what it tells of its maker, or a document."""
    faults = Faults(place.lang)
    if file is None or not file.filename:
        faults.add("file", NO_FILE)
        return _show(request, session, place, faults)
    raw, name, now = file.file.read(MAX_FILE_BYTES + 1), file.filename, clock.now()
    store = add_file if name.rpartition(".")[2].lower() in _DOCUMENTS else add_image
    try:
        asset = store(session, place.workspace.id, name, raw, now=now)
    except ValueError:
        faults.add("file", BAD_FILE, kinds=", ".join(sorted(_DOCUMENTS)), most=MAX_FILE_BYTES // 1_000_000)
        return _show(request, session, place, faults)
    record_activity(
        session, place.workspace.id, actor=place.actor, verb="asset.added", subject=f"asset:{asset.id}", now=now
    )
    return RedirectResponse(f"{place.home}/files", HTTPStatus.SEE_OTHER)


def _show(request: Request, session: Session, place: Place, faults: Faults) -> Response:
    return render(
        request,
        "files/files.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        files=[(one, show_url(one)) for one in list_assets(session, place.workspace.id)],
        faults=faults,
    )
