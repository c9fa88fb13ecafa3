"""Revisions of a draft: the list, one beside what stands now, and putting it back."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mailer import clock
from mailer.accounts.queries import name_actors
from mailer.blocks.registry import BY_NAME
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.editing import lock_draft, restore_revision
from mailer.issues.revisions import compare_documents, get_revision, is_reordered, list_revisions, read_shared
from mailer.web.deps import DbSession, WritableWorkspace
from mailer.web.drafts import find_issue, go_to_composer
from mailer.web.numbers import Number
from mailer.web.pages import render

router = APIRouter(prefix="/app/{workspace}/n/{newsletter}/{number}/revisions")


@router.get("")
def show_revisions(
    request: Request, session: DbSession, place: WritableWorkspace, newsletter: str, number: Number
) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
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
    found, issue = find_issue(session, place, newsletter, number)
    row, present = get_revision(session, issue, revision), dump_document(load_document(session, issue))
    return render(
        request,
        "composer/revision.html",
        lang=place.lang,
        place=place,
        newsletter=found,
        issue=issue,
        revision=row,
        compared=compare_documents(row.document, present, read_shared(session, found.id)),
        is_reordered=is_reordered(row.document, present),
        kinds=BY_NAME,
    )


@router.post("/{revision}/restore")
def restore(session: DbSession, place: WritableWorkspace, newsletter: str, number: Number, revision: int) -> Response:
    found, issue = find_issue(session, place, newsletter, number)
    locked = lock_draft(session, issue.id)
    restore_revision(session, locked, get_revision(session, locked, revision), actor=place.actor, now=clock.now())
    return go_to_composer(place, found, issue)
