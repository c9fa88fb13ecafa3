"""Home of a workspace: its newsletters with their issues, its lists, what was sent lately."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mailer import clock
from mailer.archive.sendings import list_sendings
from mailer.deliveries.queries import dispatch_progress
from mailer.issues.queries import list_issues
from mailer.lists.queries import list_lists
from mailer.newsletters.queries import list_newsletters
from mailer.subscribers.queries import count_by_state
from mailer.web.deps import DbSession, InWorkspace, SignedIn
from mailer.web.language import LANGUAGE_COOKIE, asked_language, member_language
from mailer.web.pages import render
from mailer.web.words import dispatch_words
from mailer.workspaces.queries import list_memberships

router = APIRouter()
workspace_router = APIRouter(prefix="/app/{workspace}")

RECENT_DISPATCHES = 5


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


@workspace_router.get("")
def show_home(request: Request, session: DbSession, place: InWorkspace) -> Response:
    workspace_id, now = place.workspace.id, clock.now()
    sendings = list_sendings(session, workspace_id, limit=RECENT_DISPATCHES)
    response = render(
        request,
        "home/home.html",
        lang=place.lang,
        place=place,
        newsletters=[(one, list_issues(session, one.id)) for one in list_newsletters(session, workspace_id)],
        lists=[(one, count_by_state(session, one.id)) for one in list_lists(session, workspace_id)],
        sendings=[(one, dispatch_progress(session, one.dispatch, now=now)) for one in sendings],
        dispatch_words=dispatch_words(place.lang),
    )
    if asked := asked_language(request):
        response.set_cookie(LANGUAGE_COOKIE, asked, httponly=True, samesite="lax")
    return response
