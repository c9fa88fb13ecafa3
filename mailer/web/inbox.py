"""The local inbox: every mail that the service sent while no relay is set, as a mail program would show it.

It needs no sign-in, so it answers only to this machine; to anybody else it does not exist.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from mailer import inbox
from mailer.config import get_settings
from mailer.errors import NotFoundError
from mailer.mime.parts import find_header
from mailer.web.frames import frame_mail
from mailer.web.guard import is_local
from mailer.web.headers import framed_mail
from mailer.web.language import member_language
from mailer.web.pages import render


def require_local(request: Request) -> None:
    if not (get_settings().uses_local_inbox and is_local(request.scope)):
        raise NotFoundError("There is no such page.")


router = APIRouter(dependencies=[Depends(require_local)])

PAGE_SIZE = 50

View = Literal["desktop", "phone", "text", "headers", "source"]
Search = Annotated[str, Query(alias="q", max_length=200)]
Before = Annotated[str | None, Query(pattern=r"^\d{1,18}$")]


@router.get("/inbox")
def show_inbox(request: Request, search: Search = "", before: Before = None) -> Response:
    return _show_mails(request, "inbox/inbox.html", search.strip(), before)


@router.get("/inbox/newest")
def show_newest(request: Request, search: Search = "") -> Response:
    """Answer with the fragment that the first page asks for every two seconds."""
    return _show_mails(request, "inbox/_mails.html", search.strip(), None)


@router.get("/inbox.json")
def list_as_json() -> JSONResponse:
    """Answer with every mail, newest first; `from` and `to` are the envelope's addresses."""
    return JSONResponse(
        [
            {
                "id": mail.id,
                "to": mail.recipient,
                "from": mail.sender,
                "subject": mail.subject,
                "received_at": mail.received_at.isoformat(),
            }
            for mail in inbox.list_mails()
        ]
    )


@router.post("/inbox/clear")
def clear_inbox() -> Response:
    inbox.clear()
    return RedirectResponse("/inbox", 303)


@router.get("/inbox/{mail_id}.eml")
def show_raw(mail_id: str) -> Response:
    mail = inbox.get_mail(mail_id)
    name = f'attachment; filename="{mail.id}.eml"'
    return Response(mail.raw, media_type="message/rfc822", headers={"Content-Disposition": name})


@router.get("/inbox/{mail_id}/html")
def show_html(mail_id: str) -> Response:
    html = inbox.read_parts(inbox.get_mail(mail_id).raw).html
    return HTMLResponse(frame_mail(html or ""), headers=framed_mail())


@router.get("/inbox/{mail_id}")
def show_mail(request: Request, mail_id: str, view: Annotated[View, Query()] = "desktop") -> Response:
    mail = inbox.get_mail(mail_id)
    parts = inbox.read_parts(mail.raw)
    return render(
        request,
        "inbox/mail.html",
        lang=member_language(request),
        mail=mail,
        parts=parts,
        sender=find_header(parts.headers, "From") or mail.sender,
        source=mail.raw.decode("utf-8", "replace").replace("\r\n", "\n") if view == "source" else "",
        view=view,
    )


def _show_mails(request: Request, template: str, search: str, before: str | None) -> Response:
    # One more than is shown tells whether there are older ones.
    mails = inbox.list_mails(PAGE_SIZE + 1, search, before)
    return render(
        request,
        template,
        lang=member_language(request),
        mails=mails[:PAGE_SIZE],
        total=inbox.count(search),
        most_mails=inbox.MOST_MAILS,
        search=search,
        before=before,
        next_before=mails[PAGE_SIZE - 1].id if len(mails) > PAGE_SIZE else None,
    )
