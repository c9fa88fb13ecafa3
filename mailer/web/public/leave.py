"""Leaving by the link in a mail: the page asks with a button; a mail client's one-click POST leaves at once.

Both POST to the same address. A scanner that opens links gets a page and nothing else.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from mailer import clock
from mailer.deliveries.reader_links import ReaderLink, leave_by_link
from mailer.mime.address import mask_address
from mailer.web.deps import DbSession
from mailer.web.errors import error_page
from mailer.web.guard import OTHER_SITE, is_foreign
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_reader_link, theme_of

router = APIRouter()

Ask = Literal["one-click", "page", ""]


async def read_ask(request: Request) -> Ask:
    """Return what a POST asks for. RFC 8058 §3.2: `List-Unsubscribe=One-Click`, form-encoded or multipart."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    async with request.form(max_files=1, max_fields=10) as form:
        if _value(form, "List-Unsubscribe") == "One-Click":
            return "one-click"
        return "page" if _value(form, "leave") == "yes" else ""


@router.get("/u/{token}")
def ask_to_leave(request: Request, session: DbSession, token: str) -> Response:
    link = get_reader_link(session, "leave", token)
    return _show(request, "already" if link.has_left else "ask", link)


@router.post("/u/{token}")
def leave(request: Request, session: DbSession, token: str, ask: Annotated[Ask, Depends(read_ask)]) -> Response:
    if ask == "page" and is_foreign(request.scope):
        return error_page(request, 403, OTHER_SITE, headers=token_page())
    link = get_reader_link(session, "leave", token)
    if not ask:
        return _show(request, "already" if link.has_left else "ask", link, status=400)
    changed = leave_by_link(session, link, now=clock.now(), source=ask)
    return _show(request, "done" if changed else "already", link)


def _show(request: Request, page: str, link: ReaderLink, *, status: int = 200) -> Response:
    return render(
        request,
        f"subscriptions/leave_{page}.html",
        lang=reader_language(request, link.subscriber.language or link.newsletter.language),
        headers=token_page(),
        status=status,
        newsletter=link.newsletter,
        theme=theme_of(link.newsletter),
        lists=link.lists,
        address=mask_address(link.subscriber.address),
    )


def _value(form: FormData, name: str) -> str:
    value = form.get(name, "")
    # A multipart part with a file name arrives as a file; no mail client sends one.
    return "" if isinstance(value, UploadFile) else value.strip()
