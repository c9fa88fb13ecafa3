"""Judges every request before it is routed: its Host, its size, and that no other site makes it change anything.

Uploads of strangers end here, too. Also answers HEAD as GET without its body, and gives every response the headers of
`headers`.
"""

import ipaddress
import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.config import get_settings
from mailer.i18n import mark
from mailer.web.headers import add_defaults
from mailer.web.strangers import find_stranger

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# RFC 8058 §3.1: the mail client's POST comes without cookies, Origin or Referer. The token is its whole authority.
ONE_CLICK = re.compile(r"/u/[^/]+")
# Join forms stand on other sites, too. They use no cookie, and can only ask for a confirmation mail.
JOIN = re.compile(r"/n/[a-z0-9-]+/join(?:/to/[a-z0-9-]+)?")
# Behind a link in a mail the token is the whole authority, and no cookie is asked for. These pages tell no referrer, so
# that over plain http a browser says no more of where their forms come from than `Origin: null`.
TOKEN = re.compile(r"/(?:address|c|m|min|no-tips|svar|tip|undo)/.+")
# All addresses that readers have by a link alone: with those of leaving, and of an archive for readers.
BY_LINK = re.compile(rf"{TOKEN.pattern}|/(?:r|u)/.+")
LARGEST_BODY_BYTES = 100_000  # every form of the service is far smaller
UPLOAD = re.compile(r"/app/[a-z0-9-]+/(?:files(?:/picture)?|newsletters/[a-z0-9-]+/theme(?:/sample)?)")
LARGEST_UPLOAD_BYTES = 50_100_000  # two files of `assets.store.MAX_FILE_BYTES` in a form, or many small ones
OTHER_HOST = mark("This host name is not served here. Set MAILER_BASE_URL to the one that is.")
OTHER_SITE = mark("This form was sent from another site, so nothing was done.")

Refuse = Callable[[Request, int, str], Response]

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)


class Guard:
    """`refuse` makes the page of a refusal from its status and reason."""

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self.app, self.refuse = app, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headless = scope["method"] == "HEAD"

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_defaults(MutableHeaders(scope=message))
            elif headless:
                message = {**message, "body": b""}
            await send(message)

        refusal = find_refusal(scope)
        if not refusal and scope["method"] == "POST" and UPLOAD.fullmatch(scope["path"]):
            refusal = await run_in_threadpool(find_stranger, scope)
        if refusal:
            await self.refuse(Request(scope), *refusal)(scope, receive, send_guarded)
        else:
            # FastAPI's routes know no HEAD of their own.
            await self.app({**scope, "method": "GET"} if headless else scope, receive, send_guarded)


def find_refusal(scope: Scope) -> tuple[int, str] | None:
    """Return status and reason when the request must not reach a handler."""
    headers = Headers(scope=scope)
    name = host_name(headers)
    if name not in LOOPBACK_NAMES and name != get_settings().base_host.lower():
        return HTTPStatus.BAD_REQUEST, OTHER_HOST
    changes = scope["method"] not in SAFE_METHODS
    if changes and _is_from_elsewhere(scope, headers):
        return HTTPStatus.FORBIDDEN, OTHER_SITE
    if _announced_bytes(headers) > largest_body(scope):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ""
    return None


def _is_from_elsewhere(scope: Scope, headers: Headers) -> bool:
    path = scope["path"]
    if ONE_CLICK.fullmatch(path) or JOIN.fullmatch(path):
        return False
    if TOKEN.fullmatch(path) and headers.get("origin") == "null":
        return is_foreign(scope)
    return not is_same_origin(scope, headers)


class BodyLimit:
    """Cuts off bodies that do not tell their size; the guard around it refuses the others with a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._forms = RequestBodyLimitMiddleware(app, max_body_size=LARGEST_BODY_BYTES)
        self._uploads = RequestBodyLimitMiddleware(app, max_body_size=LARGEST_UPLOAD_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_upload = scope["type"] == "http" and largest_body(scope) == LARGEST_UPLOAD_BYTES
        await (self._uploads if is_upload else self._forms)(scope, receive, send)


def largest_body(scope: Scope) -> int:
    return LARGEST_UPLOAD_BYTES if UPLOAD.fullmatch(scope["path"]) else LARGEST_BODY_BYTES


def host_name(headers: Headers) -> str:
    """Return the name in the Host header in lower case without port or brackets, or nothing when it is malformed."""
    hosts = headers.getlist("host")
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    return match["name"].strip("[]").lower() if match else ""


def is_local(scope: Scope) -> bool:
    """Return whether the request comes from this machine, to a loopback name, with nothing that tells of a proxy."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    try:
        from_here = client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:  # a unix socket, which only a proxy uses
        return False
    return from_here and host_name(headers) in LOOPBACK_NAMES and not any(name in headers for name in PROXY_HEADERS)


def is_same_origin(scope: Scope, headers: Headers) -> bool:
    """Return whether a browser says that one of our own pages sent the request.

    Sec-Fetch-Site is what it says itself; where it does not (plain http in a local network), Origin must be ours.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if not origin:
        return False
    base = urlsplit(get_settings().resolved_base_url)
    return origin.lower() in {
        f"{scope['scheme']}://{headers['host']}".lower(),
        f"{base.scheme}://{base.netloc}".lower(),
    }


def is_foreign(scope: Scope) -> bool:
    """Return whether a browser says that another site sent the request; to say nothing is not that.

    Our own `no-referrer` pages make a browser say `Origin: null`, which over plain http is all that it says.
    """
    headers = Headers(scope=scope)
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in {"same-origin", "none"}
    return headers.get("origin", "null") != "null" and not is_same_origin(scope, headers)


def _announced_bytes(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0
