"""Files that the frontend build made: hashed names, kept by browsers for a year."""

import json
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"


class FrontendMissingError(RuntimeError):
    """The frontend has not been built."""


def static_url(name: str) -> str:
    """Return the address of a built file by its plain name (`app.js`)."""
    return f"/static/{_manifest()[name]}"


def check_frontend() -> None:
    """Raise FrontendMissingError when the server would have to answer without styles."""
    _manifest()


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        manifest: dict[str, str] = json.loads((STATIC_FOLDER / "manifest.json").read_text())
    except FileNotFoundError:
        raise FrontendMissingError("The frontend is not built: run `python frontend/build.py`.") from None
    return manifest


class HashedFiles(StaticFiles):
    """Serves STATIC_FOLDER; what has its hash in its name never changes."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER if path in _manifest().values() else "no-cache"
        return response
