"""Storing uploads and their derivatives once by content hash; files live in the data folder and never change."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import links
from mailer.assets.models import Asset, Derivative
from mailer.assets.needs import ImageNeed, ShownFile, ShownImage
from mailer.assets.pictures import Picture, clean_picture, derive_picture
from mailer.assets.room import refuse_too_much
from mailer.config import get_settings
from mailer.db import after_commit, insert_unless_there, reading
from mailer.errors import BadFileError, NotFoundError
from mailer.i18n import mark
from mailer.tokens import random_nonce

MAX_FILE_BYTES = 25_000_000
TOO_HEAVY = mark("the file is larger than {most} MB")

# The only types that are ever served, each with its one ending; nothing that a browser would run.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "text/plain": "txt",
    "text/csv": "csv",
}
MEDIA_TYPES = {ending: media_type for media_type, ending in ENDINGS.items()}
_SIGNATURES = {"pdf": b"%PDF-", "docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "pptx": b"PK\x03\x04"}
_SIGNATURES |= {"odt": b"PK\x03\x04", "ods": b"PK\x03\x04", "odp": b"PK\x03\x04"}


def add_image(session: Session, workspace_id: int, name: str, raw: bytes, *, now: datetime) -> Asset:
    """Store an image, cleaned. BadFileError says why it is refused."""
    return add_picture(session, workspace_id, name, clean_upload(raw), now=now)


def clean_upload(raw: bytes) -> Picture:
    """Return an upload as it may be stored; BadFileError says why not. Takes up to a second, and no database."""
    if len(raw) > MAX_FILE_BYTES:
        raise BadFileError(TOO_HEAVY, most=MAX_FILE_BYTES // 1_000_000)
    return clean_picture(raw)


def add_picture(session: Session, workspace_id: int, name: str, picture: Picture, *, now: datetime) -> Asset:
    """Store a clean picture; the same content in a workspace is one asset.

    NoRoomError, which is a BadFileError, when the workspace has used up MAILER_ASSETS_MB.
    """
    return _add(
        session, workspace_id, name, picture.octets, picture.media_type, now, width=picture.width, height=picture.height
    )


def add_file(session: Session, workspace_id: int, name: str, raw: bytes, *, now: datetime) -> Asset:
    """Store a document; its type is told by its ending and must fit its first octets. ValueError when it does not.

    NoRoomError, which is one, when the workspace has used up MAILER_ASSETS_MB.
    """
    ending = name.rpartition(".")[2].lower()
    media_type = MEDIA_TYPES.get(ending, "")
    if not media_type or media_type.startswith("image/"):
        raise ValueError("the file must be one of " + ", ".join(e for e in MEDIA_TYPES if e not in {"jpg", "png"}))
    if len(raw) > MAX_FILE_BYTES:
        raise ValueError(f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    if not raw.startswith(_SIGNATURES.get(ending, b"")):
        raise ValueError(f"the file is not a {ending} file")
    return _add(session, workspace_id, name, raw, media_type, now)


def show_images(session: Session, workspace_id: int, needs: Iterable[ImageNeed]) -> dict[ImageNeed, ShownImage]:
    """Return what rendering needs, making and storing derivatives that do not exist yet."""
    # In one order for all: two renderings that make the same ones must not wait for each other in a circle.
    in_order = sorted(set(needs), key=lambda need: (need.asset, _spec(need)))
    return {need: _shown(_find_or_make(session, workspace_id, need)) for need in in_order}


def find_image(session: Session, workspace_id: int, need: ImageNeed) -> ShownImage | None:
    """Return a derivative if it was made already."""
    wanted = select(Derivative).join(Asset, Asset.id == Derivative.asset_id)
    wanted = wanted.where(Asset.workspace_id == workspace_id, Asset.hash == need.asset, Derivative.spec == _spec(need))
    found = session.scalar(wanted)
    return _shown(found) if found else None


def find_images(session: Session, assets: Iterable[Asset], width: int) -> dict[str, Derivative]:
    """Return the derivatives of one width, in their own shape, that exist already; by the hash of their asset."""
    spec = _spec(ImageNeed("", width))
    by_id = {one.id: one.hash for one in assets}
    wanted = select(Derivative).where(Derivative.asset_id.in_(by_id), Derivative.spec == spec)
    return {by_id[one.asset_id]: one for one in session.scalars(wanted)}


def show_files(session: Session, workspace_id: int, hashes: Iterable[str]) -> dict[str, ShownFile]:
    shown = {}
    for file_hash in hashes:
        asset = get_asset(session, workspace_id, file_hash)
        url = links.asset_url(asset.hash, ENDINGS[asset.media_type])
        shown[file_hash] = ShownFile(url, asset.name, asset.media_type, asset.size_bytes)
    return shown


def show_url(asset: Asset | Derivative) -> str:
    """Return the address of an upload, or of a size of it, as it is stored."""
    return links.asset_url(asset.hash, ENDINGS[asset.media_type])


def find_asset(session: Session, workspace_id: int, file_hash: str) -> Asset | None:
    return session.scalar(select(Asset).where(Asset.workspace_id == workspace_id, Asset.hash == file_hash))


def get_asset(session: Session, workspace_id: int, file_hash: str) -> Asset:
    asset = find_asset(session, workspace_id, file_hash)
    if asset is None:
        raise NotFoundError(f"There is no asset {file_hash[:12]}… in this workspace.")
    return asset


def read_asset(asset: Asset) -> bytes:
    return _path(asset.hash, ENDINGS[asset.media_type]).read_bytes()


def delete_later(session: Session, stored: Iterable[tuple[str, str]]) -> None:
    """Delete files, by hash and media type, once their rows are gone for good; what another row names stays."""
    gone = list(stored)
    after_commit(session, lambda: _delete_unnamed(gone))


def open_asset_file(file_hash: str, ending: str) -> Path | None:
    """Return the file behind a public address, or None; the hash is the only key and cannot be guessed or walked."""
    if not re.fullmatch(r"[0-9a-f]{64}", file_hash) or ending not in MEDIA_TYPES:
        return None
    path = _path(file_hash, ending)
    return path if path.is_file() else None


def _add(
    session: Session,
    workspace_id: int,
    name: str,
    octets: bytes,
    media_type: str,
    now: datetime,
    *,
    width: int = 0,
    height: int = 0,
) -> Asset:
    file_hash = _hash(octets)
    if not find_asset(session, workspace_id, file_hash):
        refuse_too_much(session, workspace_id, name, len(octets))
    _write(octets, ENDINGS[media_type])
    row = {
        "workspace_id": workspace_id,
        "hash": file_hash,
        "name": _safe_name(name, ENDINGS[media_type]),
        "media_type": media_type,
        "width": width,
        "height": height,
        "size_bytes": len(octets),
        "created_at": now,
    }
    session.execute(insert_unless_there(session, Asset).values(row))
    return get_asset(session, workspace_id, file_hash)


def _find_or_make(session: Session, workspace_id: int, need: ImageNeed) -> Derivative:
    asset = get_asset(session, workspace_id, need.asset)
    wanted = select(Derivative).where(Derivative.asset_id == asset.id, Derivative.spec == _spec(need))
    if known := session.scalar(wanted):
        return known
    picture = derive_picture(read_asset(asset), need)
    _write(picture.octets, ENDINGS[picture.media_type])
    row = {
        "asset_id": asset.id,
        "spec": _spec(need),
        "hash": _hash(picture.octets),
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "size_bytes": len(picture.octets),
    }
    session.execute(insert_unless_there(session, Derivative).values(row))
    return session.scalars(wanted).one()


def _spec(need: ImageNeed) -> str:
    return f"{need.width}x{need.height}@{need.focus[0]:.2f},{need.focus[1]:.2f}"


def _shown(derivative: Derivative) -> ShownImage:
    url = links.asset_url(derivative.hash, ENDINGS[derivative.media_type])
    return ShownImage(url, derivative.width, derivative.height, derivative.size_bytes)


def _delete_unnamed(gone: list[tuple[str, str]]) -> None:
    hashes = {file_hash for file_hash, _ in gone}
    with reading() as session:
        named = set(session.scalars(select(Asset.hash).where(Asset.hash.in_(hashes))))
        named |= set(session.scalars(select(Derivative.hash).where(Derivative.hash.in_(hashes))))
    for file_hash, media_type in gone:
        if file_hash not in named:
            _path(file_hash, ENDINGS[media_type]).unlink(missing_ok=True)


def _path(file_hash: str, ending: str) -> Path:
    return get_settings().data_dir / "assets" / file_hash[:2] / f"{file_hash}.{ending}"


def _write(octets: bytes, ending: str) -> None:
    """Store octets under their hash; a crash leaves either no file or the whole one."""
    path = _path(_hash(octets), ending)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{random_nonce()}.draft")
        draft.write_bytes(octets)
        draft.replace(path)


def _hash(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _safe_name(name: str, ending: str) -> str:
    stem = re.sub(r"[^\w.-]+", "-", Path(name).stem).strip("-.") or "file"
    return f"{stem[:120]}.{ending}"
