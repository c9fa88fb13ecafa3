"""Leaving by the link in a mail: the page asks with a button; a mail client's one-click POST leaves at once.

Both POST to the same address. A scanner that opens links gets a page and nothing else.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from mailer import clock
from mailer.deliveries.reader_links import ReaderLink, leave_by_link
from mailer.lists.queries import list_names
from mailer.mime.address import mask_address
from mailer.notices.ask import ask_for_notice
from mailer.subscribers.leaving import REASONS, count_others, leave_everything
from mailer.tokens import sign
from mailer.web.deps import DbSession
from mailer.web.errors import error_page
from mailer.web.guard import OTHER_SITE, is_foreign
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_reader_link, theme_of

router = APIRouter()

Ask = Literal["one-click", "page", "everything", ""]


async def read_ask(request: Request) -> Ask:
    """Return what a POST asks for. RFC 8058 §3.2: `List-Unsubscribe=One-Click`, form-encoded or multipart."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    async with request.form(max_files=1, max_fields=10) as form:
        if _value(form, "List-Unsubscribe") == "One-Click":
            return "one-click"
        asked = _value(form, "leave")
        return "page" if asked == "yes" else "everything" if asked == "everything" else ""


@router.get("/u/{token}")
def ask_to_leave(request: Request, session: DbSession, token: str) -> Response:
    link = get_reader_link(session, "leave", token)
    return _show(request, session, "already" if link.has_left else "ask", link)


@router.post("/u/{token}")
def leave(request: Request, session: DbSession, token: str, ask: Annotated[Ask, Depends(read_ask)]) -> Response:
    if ask in {"page", "everything"} and is_foreign(request.scope):
        return error_page(request, 403, OTHER_SITE, headers=token_page())
    link = get_reader_link(session, "leave", token)
    if not ask:
        return _show(request, session, "already" if link.has_left else "ask", link, status=400)
    now = clock.now()
    if ask == "everything":
        changed = leave_everything(session, link.subscriber, now=now, source="page")
    else:
        changed = leave_by_link(session, link, now=now, source=ask)
    if changed and ask != "one-click":
        # The page is what a forwarded copy of the mail opens, too: whose mailbox it is can take it back.
        _tell_owner(session, link, changed, now)
    return _show(request, session, "done" if changed else "already", link, changed=changed, now=now)


def _tell_owner(session: Session, link: ReaderLink, left: list[int], now: datetime) -> None:
    one, lang = link.subscriber, link.subscriber.language or link.newsletter.language
    names = list_names(session, one.workspace_id, left)
    values = {"subscriber": one.id, "generation": one.link_generation, "second": _second(now), "lists": names}
    ask_for_notice(session, link.newsletter, "left", one.address, lang, values, now=now)


def _show(
    request: Request,
    session: Session,
    page: str,
    link: ReaderLink,
    *,
    status: int = 200,
    changed: list[int] | None = None,
    now: datetime | None = None,
) -> Response:
    one = link.subscriber
    numbers = (one.id, one.link_generation, _second(now)) if now else ()
    names = list_names(session, one.workspace_id, changed) if changed else [known.name for known in link.lists]
    return render(
        request,
        f"subscriptions/leave_{page}.html",
        lang=reader_language(request, one.language or link.newsletter.language),
        headers=token_page(),
        status=status,
        newsletter=link.newsletter,
        theme=theme_of(link.newsletter),
        names=names,
        others=count_others(session, one, [known.id for known in link.lists]) if page == "ask" else 0,
        address=mask_address(one.address),
        undo_token=sign("undo", *numbers) if numbers else "",
        manage_token=sign("manage", one.id, link.dispatch.id, one.link_generation),
        reasons=REASONS,
    )


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _value(form: FormData, name: str) -> str:
    value = form.get(name, "")
    # A multipart part with a file name arrives as a file; no mail client sends one.
    return "" if isinstance(value, UploadFile) else value.strip()
