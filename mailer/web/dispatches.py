"""A dispatch while it runs and after: live progress, who did not get it and why, pausing and cancelling."""

from datetime import datetime
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.archive.sendings import describe_sending
from mailer.deliveries.control import cancel_dispatch, pause_dispatch, resume_dispatch
from mailer.deliveries.models import CANCELLED, FINISHED, HELD, PAUSED, SENDING, Dispatch
from mailer.deliveries.queries import dispatch_progress, get_dispatch, get_sender
from mailer.deliveries.troubles import list_troubles
from mailer.errors import RefusedError
from mailer.relays.waiting import Wait, find_wait
from mailer.web.deps import DbSession, InWorkspace, Place
from mailer.web.errors import error_page
from mailer.web.pages import render
from mailer.web.words import dispatch_words, reason_words, state_words

router = APIRouter(prefix="/app/{workspace}/dispatches/{dispatch_id}")

DispatchId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Act = Literal["pause", "resume", "cancel"]

SHOWN_TROUBLES = 100
OWN_NOTE = "reference "  # how `worker.engine.loop` begins its note on a mail that could not be made


class Control(Protocol):
    def __call__(self, session: Session, dispatch: Dispatch, *, actor: str, now: datetime) -> None: ...


CONTROLS: dict[Act, Control] = {"pause": pause_dispatch, "resume": resume_dispatch, "cancel": cancel_dispatch}
# The states in which an act has nothing more to do: somebody else, or the same person in another tab, was first.
DONE = {"pause": {PAUSED, HELD}, "resume": {SENDING}, "cancel": {CANCELLED}}
ENDED = {FINISHED, CANCELLED}


@router.get("")
def show_dispatch(request: Request, session: DbSession, place: InWorkspace, dispatch_id: DispatchId) -> Response:
    return _show(request, session, place, dispatch_id, "dispatches/dispatch.html")


@router.get("/progress")
def show_progress(request: Request, session: DbSession, place: InWorkspace, dispatch_id: DispatchId) -> Response:
    """Answer with the fragment that the page asks for every two seconds until the dispatch has ended."""
    return _show(request, session, place, dispatch_id, "dispatches/_progress.html")


@router.get("/cancel")
def ask_to_cancel(request: Request, session: DbSession, place: InWorkspace, dispatch_id: DispatchId) -> Response:
    """Ask first, since nothing brings a cancelled dispatch back."""
    dispatch = get_dispatch(session, place.workspace.id, dispatch_id)
    if not place.may_send:
        return error_page(request, 403)
    if dispatch.state in ENDED:
        return RedirectResponse(f"{place.home}/dispatches/{dispatch_id}", 303)
    return _show(request, session, place, dispatch_id, "dispatches/cancel.html")


@router.post("/{act}")
def control_dispatch(
    request: Request, session: DbSession, place: InWorkspace, dispatch_id: DispatchId, act: Act
) -> Response:
    if not place.may_send:
        return error_page(request, 403)
    dispatch = get_dispatch(session, place.workspace.id, dispatch_id)
    try:
        CONTROLS[act](session, dispatch, actor=place.actor, now=clock.now())
    except RefusedError:
        if dispatch.state not in DONE[act]:
            raise
    return RedirectResponse(f"{place.home}/dispatches/{dispatch_id}", 303)


def _show(request: Request, session: Session, place: Place, dispatch_id: int, template: str) -> Response:
    dispatch = get_dispatch(session, place.workspace.id, dispatch_id)
    progress = dispatch_progress(session, dispatch, now=clock.now())
    return render(
        request,
        template,
        lang=place.lang,
        place=place,
        dispatch=dispatch,
        sending=describe_sending(session, dispatch),
        progress=progress,
        not_sent=progress.recipients - progress.deliveries["sent"],
        troubles=list_troubles(session, dispatch.id, limit=SHOWN_TROUBLES),
        shown_troubles=SHOWN_TROUBLES,
        wait=_find_wait(session, dispatch),
        has_ended=dispatch.state in ENDED,
        # What is on the wire when a dispatch is cancelled still comes in.
        is_moving=dispatch.state not in ENDED or progress.deliveries["claimed"] > 0,
        own_note=OWN_NOTE,
        dispatch_words=dispatch_words(place.lang),
        state_words=state_words(place.lang),
        reason_words=reason_words(place.lang),
    )


def _find_wait(session: Session, dispatch: Dispatch) -> Wait | None:
    """Tell which quota keeps back the mails that have not gone out yet."""
    if dispatch.state != SENDING:
        return None
    return find_wait(session, dispatch.workspace_id, get_sender(session, dispatch), now=clock.now())
