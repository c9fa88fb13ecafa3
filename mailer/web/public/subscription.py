"""My subscription: what a reader gets and since when, by the link in a mail. It only shows; leaving is elsewhere."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mailer.mime.address import mask_address
from mailer.tokens import read_signed, sign
from mailer.web.deps import DbSession
from mailer.web.headers import token_page
from mailer.web.language import reader_language
from mailer.web.pages import render
from mailer.web.public.finding import get_reader_link, theme_of

router = APIRouter()


@router.get("/m/{token}")
def show_subscription(request: Request, session: DbSession, token: str) -> Response:
    link = get_reader_link(session, "manage", token)
    return render(
        request,
        "subscriptions/mine.html",
        lang=reader_language(request, link.subscriber.language or link.newsletter.language),
        headers=token_page(),
        newsletter=link.newsletter,
        theme=theme_of(link.newsletter),
        address=mask_address(link.subscriber.address),
        places=list(zip(link.lists, link.subscriptions, strict=True)),
        has_left=link.has_left,
        leave_token=sign("leave", *read_signed("manage", token, 3)),
    )
