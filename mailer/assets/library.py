"""A workspace's pictures and documents as a library: found, described, shown small, and taken away."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from mailer.assets.models import Asset, Derivative
from mailer.assets.needs import ImageNeed
from mailer.assets.pictures import Picture
from mailer.assets.store import (
    MEDIA_TYPES,
    add_file,
    add_picture,
    clean_upload,
    delete_later,
    find_images,
    show_images,
    show_url,
)
from mailer.errors import InvalidError, NotFoundError, Problem
from mailer.i18n import mark
from mailer.render.sanitise import clean_line

LONGEST_ALT = 150
THUMBNAIL_WIDTH = 320
FULL_WIDTH = 1104  # a picture of a mail's whole column, for dense screens
HERO_SIZE = (1200, 580)
MOST_PICTURE_BYTES = 120_000  # of a picture in a mail
DOCUMENTS = frozenset(MEDIA_TYPES) - {"jpg", "png"}

NO_WORDS = mark("Describe the picture, or tick that it only decorates")
LONG_WORDS = mark("At most {most} characters")

Warning_ = Literal["undescribed", "heavy", "narrow", "no_hero"]


def prepare_upload(name: str, raw: bytes) -> bytes | Picture:
    """Return what is to be stored of an upload, before the database is asked: cleaning a picture takes its time.

    BadFileError says why a picture is refused.
    """
    return raw if name.rpartition(".")[2].lower() in DOCUMENTS else clean_upload(raw)


def add_upload(session: Session, workspace_id: int, name: str, upload: bytes | Picture, *, now: datetime) -> Asset:
    """Store a document, or a picture with the sizes in which it is shown most; ValueError says why it is refused."""
    if isinstance(upload, bytes):
        return add_file(session, workspace_id, name, upload, now=now)
    asset = add_picture(session, workspace_id, name, upload, now=now)
    show_images(session, workspace_id, [ImageNeed(asset.hash, width) for width in (THUMBNAIL_WIDTH, FULL_WIDTH)])
    return asset


def add_logo(session: Session, workspace_id: int, name: str, raw: bytes, alt: str, *, now: datetime) -> Asset:
    """Store a theme's logo, described at once: by `alt`, or by its own name, unless it was described before.

    BadFileError says why it is refused.
    """
    asset = add_upload(session, workspace_id, name, clean_upload(raw), now=now)
    if not asset.is_described:
        describe_asset(asset, (alt or asset.name)[:LONGEST_ALT], is_decorative=False)
    return asset


def describe_asset(asset: Asset, alt: str, *, is_decorative: bool) -> None:
    """Keep what a picture says to those who do not see it; InvalidError when it says nothing and does not decorate."""
    words = "" if is_decorative else clean_line(alt)
    if len(words) > LONGEST_ALT:
        raise InvalidError([Problem(LONG_WORDS, field="alt")])
    if not words and not is_decorative:
        raise InvalidError([Problem(NO_WORDS, field="alt")])
    asset.alt, asset.is_decorative = words, is_decorative


def list_assets(session: Session, workspace_id: int, find: str = "") -> list[Asset]:
    """Return a workspace's uploads whose name or description holds every word of `find`, newest first."""
    words = find.split()[:8]
    wanted = select(Asset).where(Asset.workspace_id == workspace_id, *map(_holds, words))
    return list(session.scalars(wanted.order_by(Asset.id.desc())))


def list_undescribed(session: Session, workspace_id: int) -> list[Asset]:
    """Return pictures that nobody has described yet, oldest first."""
    wanted = select(Asset).where(Asset.workspace_id == workspace_id, Asset.width > 0, Asset.alt == "")
    return list(session.scalars(wanted.where(Asset.is_decorative.is_(False)).order_by(Asset.id)))


def map_thumbnails(session: Session, assets: Sequence[Asset]) -> dict[str, str]:
    """Return an address of each picture by its hash: small where that was made already, else as it is stored."""
    pictures = [one for one in assets if one.width]
    small = find_images(session, pictures, THUMBNAIL_WIDTH)
    return {one.hash: show_url(small.get(one.hash, one)) for one in pictures}


def map_warnings(session: Session, assets: Sequence[Asset]) -> dict[str, list[Warning_]]:
    """Return by hash what speaks against a picture in a mail, the worst first."""
    pictures = [one for one in assets if one.width]
    full = find_images(session, pictures, FULL_WIDTH)
    return {one.hash: list(_warn(one, full.get(one.hash))) for one in pictures}


def hold_assets(session: Session, workspace_id: int, hashes: Iterable[str]) -> set[str]:
    """Return those of the hashes that the workspace has, which cannot be taken away until the transaction ends."""
    wanted = select(Asset.hash).where(Asset.workspace_id == workspace_id, Asset.hash.in_(set(hashes)))
    return set(session.scalars(wanted.with_for_update(read=True)))


def lock_asset(session: Session, workspace_id: int, file_hash: str) -> Asset:
    """Return an upload for taking it away: nobody can begin to show it meanwhile."""
    wanted = select(Asset).where(Asset.workspace_id == workspace_id, Asset.hash == file_hash)
    asset = session.scalar(wanted.with_for_update())
    if asset is None:
        raise NotFoundError("There is no such file in this workspace.")
    return asset


def list_derivatives(session: Session, asset: Asset) -> list[Derivative]:
    return list(session.scalars(select(Derivative).where(Derivative.asset_id == asset.id)))


def delete_asset(session: Session, asset: Asset) -> None:
    """Take an upload away with all its sizes. The caller has made sure that nothing shows it: `issues.uses`."""
    derivatives = list_derivatives(session, asset)
    stored = [(asset.hash, asset.media_type), *((one.hash, one.media_type) for one in derivatives)]
    delete_later(session, stored)
    session.execute(delete(Derivative).where(Derivative.asset_id == asset.id))
    session.delete(asset)
    session.flush()


def _warn(asset: Asset, full: Derivative | None) -> Iterable[Warning_]:
    if not asset.is_described:
        yield "undescribed"
    if full and full.size_bytes > MOST_PICTURE_BYTES:
        yield "heavy"
    if asset.width < FULL_WIDTH:
        yield "narrow"
    elif asset.width < HERO_SIZE[0] or asset.height < HERO_SIZE[1]:
        yield "no_hero"


def _holds(word: str) -> ColumnElement[bool]:
    return or_(Asset.name.icontains(word, autoescape=True), Asset.alt.icontains(word, autoescape=True))
