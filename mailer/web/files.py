"""A workspace's pictures and documents: putting in, describing, finding where they are used, and taking away."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.record import record_activity
from mailer.assets.library import (
    DOCUMENTS,
    LONGEST_ALT,
    add_upload,
    describe_asset,
    list_assets,
    list_undescribed,
    map_thumbnails,
    map_warnings,
    prepare_upload,
)
from mailer.assets.models import Asset
from mailer.assets.pictures import NO_PICTURE
from mailer.assets.store import MAX_FILE_BYTES, get_asset, show_url
from mailer.db import reading, transaction
from mailer.errors import BadFileError, InvalidError, NoRoomError, RefusedError
from mailer.i18n import mark
from mailer.issues.uses import list_uses, map_uses, remove_asset
from mailer.web.deps import DbSession, InWorkspace, Place, WritableWorkspace, reads_first
from mailer.web.errors import say
from mailer.web.fields import Typed
from mailer.web.forms import Faults
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/files")

MOST_AT_ONCE = 20
NO_FILE = mark("Choose a file")
TOO_MANY = mark("Choose at most {most} files at once")
BAD_FILE = mark(
    "{names} cannot be used. Pictures are JPEG, PNG, WebP or GIF, documents {kinds}, of at most {most} MB each."
)
BAD_PICTURE = mark("{picture} cannot be used: {reason}.")
DONE = {
    "in": mark("The files are put in."),
    "described": mark("The descriptions are saved."),
    "removed": mark("The file is removed."),
}


@router.get("")
def show_files(request: Request, session: DbSession, place: InWorkspace, q: str = "", done: str = "") -> Response:
    return _show(request, session, place, Faults(place.lang), find=q[:200], said=DONE.get(done, ""))


@router.post("")
@reads_first
def put_in(
    request: Request,
    place: WritableWorkspace,
    file: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Store pictures, cleaned of what they tell of their maker, and documents; those that are right are kept."""
    faults = Faults(place.lang)
    chosen = [one for one in file or [] if one.filename]
    if not chosen:
        faults.add("file", NO_FILE)
    elif len(chosen) > MOST_AT_ONCE:
        faults.add("file", TOO_MANY, most=MOST_AT_ONCE)
    else:
        refused = [one.filename or "" for one in chosen if not _take_in(place, one, faults)]
        if refused:
            kinds, most = ", ".join(sorted(DOCUMENTS)), MAX_FILE_BYTES // 1_000_000
            faults.add("file", BAD_FILE, names=", ".join(name[:80] for name in refused), kinds=kinds, most=most)
    with reading() as session:
        if faults:
            return _show(request, session, place, faults)
        missing = list_undescribed(session, place.workspace.id)
    return _back(place, "/describe" if missing else "?done=in")


@router.post("/picture")
@reads_first
def put_in_picture(request: Request, place: WritableWorkspace, file: Annotated[UploadFile, File()]) -> Response:
    """Store a picture for a block's form, and answer with what that shows of it, or with why it is refused."""
    faults = Faults(place.lang)
    stored: list[str] = []
    try:
        if (file.filename or "").rpartition(".")[2].lower() in DOCUMENTS:
            raise BadFileError(NO_PICTURE)
        stored.append(_store(place, file))
    except NoRoomError as error:
        faults.note("file", say(error, place.lang))
    except BadFileError as error:
        faults.add("file", BAD_PICTURE, picture=(file.filename or "")[:80], reason=say(error, place.lang))
    with reading() as session:
        assets = [get_asset(session, place.workspace.id, one) for one in stored]
        return render(
            request,
            "files/_picture.html",
            lang=place.lang,
            status=faults.status,
            file=assets[0] if assets else None,
            thumbnails=map_thumbnails(session, assets),
            warnings=map_warnings(session, assets),
            faults=faults,
        )


@router.get("/describe")
def show_undescribed(request: Request, session: DbSession, place: WritableWorkspace) -> Response:
    return _show_undescribed(request, session, place, {}, Faults(place.lang))


@router.post("/describe")
def describe_all(request: Request, session: DbSession, place: WritableWorkspace, typed: Typed) -> Response:
    """Keep the descriptions that are right, and show those that are missing again."""
    faults = Faults(place.lang)
    for asset in list_undescribed(session, place.workspace.id):
        _describe(session, place, asset, typed, f"{asset.hash}.", faults)
    return _show_undescribed(request, session, place, typed, faults) if faults else _back(place, "?done=described")


@router.get("/{file_hash}")
def show_file(request: Request, session: DbSession, place: InWorkspace, file_hash: str) -> Response:
    asset = get_asset(session, place.workspace.id, file_hash)
    return _show_one(request, session, place, asset, {}, Faults(place.lang))


@router.post("/{file_hash}")
def describe(request: Request, session: DbSession, place: WritableWorkspace, file_hash: str, typed: Typed) -> Response:
    asset, faults = get_asset(session, place.workspace.id, file_hash), Faults(place.lang)
    _describe(session, place, asset, typed, "", faults)
    return _show_one(request, session, place, asset, typed, faults) if faults else _back(place, "?done=described")


@router.get("/{file_hash}/remove")
def ask_to_remove(request: Request, session: DbSession, place: WritableWorkspace, file_hash: str) -> Response:
    asset = get_asset(session, place.workspace.id, file_hash)
    if list_uses(session, asset):
        return _back(place, f"/{asset.hash}#uses")
    thumbnails = map_thumbnails(session, [asset])
    return render(request, "files/remove.html", lang=place.lang, place=place, file=asset, thumbnails=thumbnails)


@router.post("/{file_hash}/remove")
def remove(request: Request, session: DbSession, place: WritableWorkspace, file_hash: str) -> Response:
    try:
        asset = remove_asset(session, place.workspace.id, file_hash)
    except RefusedError as error:
        faults = Faults(place.lang)
        faults.note("uses", say(error, place.lang))
        return _show_one(request, session, place, get_asset(session, place.workspace.id, file_hash), {}, faults)
    _record(session, place, asset, "asset.removed")
    return _back(place, "?done=removed")


def _take_in(place: Place, file: UploadFile, faults: Faults) -> bool:
    """Store an upload, or return that it is none; that there is no room for it is noted."""
    try:
        _store(place, file)
    except NoRoomError as error:
        faults.note("file", say(error, place.lang))
    except ValueError:
        return False
    return True


def _store(place: Place, file: UploadFile) -> str:
    """Store an upload and return its hash. Nobody else waits for the database while a picture is cleaned."""
    name = file.filename or ""
    upload = prepare_upload(name, file.file.read(MAX_FILE_BYTES + 1))
    with transaction() as session:
        asset = add_upload(session, place.workspace.id, name, upload, now=clock.now())
        _record(session, place, asset, "asset.added")
        return asset.hash


def _describe(session: Session, place: Place, asset: Asset, typed: Typed, prefix: str, faults: Faults) -> None:
    try:
        describe_asset(asset, typed.get(f"{prefix}alt", ""), is_decorative=bool(typed.get(f"{prefix}decorative")))
    except InvalidError as error:
        for problem in error.problems:
            faults.add(prefix + problem.field, problem.reason, most=LONGEST_ALT)
    else:
        _record(session, place, asset, "asset.described")


def _record(session: Session, place: Place, asset: Asset, verb: str) -> None:
    subject = f"asset:{asset.id}"
    record_activity(session, place.workspace.id, actor=place.actor, verb=verb, subject=subject, now=clock.now())


def _back(place: Place, where: str) -> Response:
    return RedirectResponse(f"{place.home}/files{where}", HTTPStatus.SEE_OTHER)


def _show(
    request: Request, session: Session, place: Place, faults: Faults, *, find: str = "", said: str = ""
) -> Response:
    files = list_assets(session, place.workspace.id, find)
    return render(
        request,
        "files/files.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        pictures=[one for one in files if one.width],
        documents=[one for one in files if not one.width],
        thumbnails=map_thumbnails(session, files),
        warnings=map_warnings(session, files),
        uses=map_uses(session, place.workspace.id),
        undescribed=len(list_undescribed(session, place.workspace.id)),
        find=find,
        faults=faults,
        said=said,
    )


def _show_undescribed(
    request: Request, session: Session, place: Place, typed: dict[str, str], faults: Faults
) -> Response:
    pictures = list_undescribed(session, place.workspace.id)
    return render(
        request,
        "files/describe.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        pictures=pictures,
        thumbnails=map_thumbnails(session, pictures),
        typed=typed,
        faults=faults,
    )


def _show_one(
    request: Request, session: Session, place: Place, asset: Asset, typed: dict[str, str], faults: Faults
) -> Response:
    return render(
        request,
        "files/file.html",
        lang=place.lang,
        status=faults.status,
        place=place,
        file=asset,
        url=show_url(asset),
        warnings=map_warnings(session, [asset]).get(asset.hash, []),
        uses=list_uses(session, asset),
        alt=typed.get("alt", asset.alt),
        is_decorative=bool(typed.get("decorative")) if typed else asset.is_decorative,
        faults=faults,
    )
