"""Revisions of a draft: the list, one beside what stands now, and putting it back."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from mailer import clock
from mailer.accounts.queries import name_actors
from mailer.blocks.registry import BY_NAME
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.editing import lock_draft, restore_revision
from mailer.issues.models import Issue
from mailer.issues.queries import get_issue
from mailer.issues.revisions import compare_documents, get_revision, list_revisions
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter
from mailer.web.deps import DbSession, Place, WritableWorkspace
from mailer.web.pages import render
from mailer.web.previews import Number

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/revisions")


@router.get("")
def show_revisions(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number
) -> Response:
    found, issue = _find(session, place, newsletter, number)
    kept = list_revisions(session, issue)
    return render(
        request,
        "composer/revisions.html",
        lang=place.lang,
        place=place,
        newsletter=found,
        issue=issue,
        revisions=kept,
        names=name_actors(session, {row.actor for row in kept}),
    )


@router.get("/{revision}")
def show_revision(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, revision: int
) -> Response:
    found, issue = _find(session, place, newsletter, number)
    row = get_revision(session, issue, revision)
    return render(
        request,
        "composer/revision.html",
        lang=place.lang,
        place=place,
        newsletter=found,
        issue=issue,
        revision=row,
        compared=compare_documents(row.document, dump_document(load_document(session, issue))),
        kinds=BY_NAME,
    )


@router.post("/{revision}/restore")
def restore(session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, revision: int) -> Response:
    found, issue = _find(session, place, newsletter, number)
    locked = lock_draft(session, issue.id)
    restore_revision(session, locked, get_revision(session, locked, revision), actor=place.actor, now=clock.now())
    return RedirectResponse(f"{place.home}/n/{found.slug}/{issue.path_number}/edit", HTTPStatus.SEE_OTHER)


def _find(session: Session, place: Place, newsletter: str, number: str) -> tuple[Newsletter, Issue]:
    found = get_newsletter(session, place.workspace.id, newsletter)
    return found, get_issue(session, place.workspace.id, newsletter, number)
