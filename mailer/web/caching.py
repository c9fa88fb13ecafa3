"""Keeps public pages for a moment, and answers 304 to whoever has just these octets already (RFC 9110 §13.1.2).

A handler says that a page is the same for everybody by its Cache-Control (`headers.SAME_FOR_ALL`). What is kept is
older by at most `page_cache_seconds` when it is shown, so that nothing has to be told of changes.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer.config import get_settings
from mailer.web.headers import SAME_FOR_ALL

MOST_PAGES, MOST_BYTES = 500, 16_000_000
LARGEST_PAGE_BYTES = 1_000_000

Key = tuple[str, bytes]  # path and query
RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Kept:
    """An answer as it left the app, when it goes stale, and the route that made it."""

    headers: RawHeaders
    body: bytes
    tag: bytes
    stale_at: float
    route: Any


class PageCache:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._asking: dict[Key, asyncio.Event] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        if asking := self._asking.get(key):
            await asking.wait()
        kept = self._kept.get(key)
        if kept is not None and kept.stale_at > time.monotonic():
            scope["route"] = kept.route
            await _answer(kept, scope, send)
        elif kept is None or key in self._asking:
            await self._ask(key, scope, receive, send)
        else:
            await self._ask_for_others(key, scope, receive, send)

    async def _ask_for_others(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Make a stale page anew while others who want it wait: they come in crowds when one is popular."""
        asking = self._asking[key] = asyncio.Event()
        try:
            await self._ask(key, scope, receive, send)
        finally:
            del self._asking[key]
            asking.set()

    async def _ask(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; hold its answer back until it is whole when it is one to keep."""
        start: Message | None = None
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_same_for_all(message):
                start = message
            elif start is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, hold)
        if start is None:
            return
        body = b"".join(parts)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
        stale_at = time.monotonic() + get_settings().page_cache_seconds
        kept = Kept([*start["headers"], (b"etag", tag)], body, tag, stale_at, scope.get("route"))
        self._keep(key, kept)
        await _answer(kept, scope, send)

    def _keep(self, key: Key, kept: Kept) -> None:
        """Keep an answer, and let the oldest go when there are too many."""
        self._drop(key)
        if len(kept.body) > LARGEST_PAGE_BYTES:
            return
        self._kept[key] = kept
        self._bytes += len(kept.body)
        while len(self._kept) > MOST_PAGES or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        gone = self._kept.pop(key, None)
        self._bytes -= len(gone.body) if gone else 0


def _is_same_for_all(start: Message) -> bool:
    headers = dict(start["headers"])
    return start["status"] == 200 and headers.get(b"cache-control", b"").decode() in SAME_FOR_ALL


async def _answer(kept: Kept, scope: Scope, send: Send) -> None:
    known = Headers(scope=scope).get("if-none-match", "").encode()
    is_known = known.strip() == b"*" or kept.tag in [one.strip().removeprefix(b"W/") for one in known.split(b",")]
    headers, body = kept.headers, kept.body
    if is_known:
        headers = [one for one in headers if one[0] in {b"etag", b"cache-control"}]
        body = b""
    await send({"type": "http.response.start", "status": 304 if is_known else 200, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
