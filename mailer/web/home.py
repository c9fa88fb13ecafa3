"""Home of a workspace: its newsletters with their issues, its lists, what was sent lately."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mailer.web.deps import DbSession, SignedIn
from mailer.web.language import member_language
from mailer.web.pages import render
from mailer.workspaces.queries import list_memberships

router = APIRouter()


@router.get("/")
def show_root() -> Response:
    return RedirectResponse("/app", 303)


@router.get("/app")
def choose_workspace(request: Request, session: DbSession, user: SignedIn) -> Response:
    memberships = list_memberships(session, user.id)
    if len(memberships) == 1:
        return RedirectResponse(f"/app/{memberships[0][0].slug}", 303)
    lang = member_language(request)
    return render(request, "home/workspaces.html", lang=lang, user=user, memberships=memberships)
