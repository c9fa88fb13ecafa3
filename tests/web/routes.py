"""Every route of the app with real values in its path, taken from its own description of itself."""

from fastapi import FastAPI

VALUES = {
    "workspace": "foreningen",
    "newsletter": "natverksbrevet",
    "number": "2017-1",
    "slug": "nyhetsbrevet",
    "dispatch_id": "1",
    "act": "pause",
    "way": "undo",
    "template": "1",
    "answer": "1",
    "block": "mote",
    "mail_id": "1",
    "secret": "nothing",
    "token": "nothing",
    "member_id": "1",
    "form": "json",
    "kind": "text",
    "revision": "1",
    "name": "privacy",
    "code": "lansbygd",
    "sealed": "nothing",
    "lang": "sv",
    "file_hash": "0" * 64,
    "ending": "png",
}

# What may be opened without signing in; everything else is for members.
PUBLIC = (
    "/healthz",
    "/sitemap.xml",
    "/robots.txt",
    "/sign-in",
    "/sign-out",
    "/setup/",
    "/invitation/",
    "/n/",
    "/a/",
    "/u/",
    "/c/",
    "/min",
    "/undo/",
    "/address/",
    "/m/",
    "/svar/",
    "/r/",
    "/tip/",
    "/no-tips/",
    "/inbox",
    "/metrics",
)


def list_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return (method, path) of every route; KeyError for a path parameter that VALUES does not know."""
    routes = []
    for path, operations in app.openapi()["paths"].items():
        filled = path.format(**VALUES)
        routes += [(method.upper(), filled) for method in operations]
    assert len(routes) > 20
    return routes


def is_public(path: str) -> bool:
    return path == "/" or path.startswith(PUBLIC)
