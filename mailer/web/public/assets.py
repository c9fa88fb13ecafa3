"""Uploaded images and documents by content hash: the same bytes for ever, with the type that belongs to the ending."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from mailer.assets.store import MEDIA_TYPES, open_asset_file
from mailer.errors import NotFoundError
from mailer.web.static import FOREVER

router = APIRouter()

SHOWN_IN_PLACE = frozenset({"jpg", "png", "pdf"})


@router.get("/a/{file_hash}.{ending}")
def show_asset(file_hash: str, ending: str) -> FileResponse:
    path = open_asset_file(file_hash, ending)
    if path is None:
        raise NotFoundError("There is no such file.")
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[ending],
        content_disposition_type="inline" if ending in SHOWN_IN_PLACE else "attachment",
        filename=None if ending in SHOWN_IN_PLACE else f"{file_hash[:12]}.{ending}",
        headers={"Cache-Control": FOREVER, "ETag": f'"{file_hash}"', "Content-Security-Policy": "default-src 'none'"},
    )
