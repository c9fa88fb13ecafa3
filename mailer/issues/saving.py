"""Saving what later issues can use: a block of a draft under a name, and a whole issue as a template."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.blocks.registry import BY_NAME
from mailer.errors import InvalidError, Problem, RefusedError
from mailer.i18n import mark
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.editing import ConflictError, check_block, find_missing_files, get_block
from mailer.issues.models import Issue, IssueTemplate, SavedBlock
from mailer.issues.saved import SAVED, get_saved, list_saved, list_users_of
from mailer.issues.steps import record_step, take_parts
from mailer.newsletters.models import Newsletter
from mailer.workspaces.naming import NAME_TAKEN, NO_NAME, derive_slug, find_name_fault

IS_SAVED = mark("The block is a saved one already.")
IN_USE = mark("It still stands in drafts or templates, so it stays.")


def save_block(
    session: Session, issue: Issue, block_id: str, name: str, *, is_shared: bool, actor: str, now: datetime
) -> SavedBlock:
    """Keep a block of a draft for later issues. A shared one takes its place in the draft, as a step to undo.

    InvalidError when the name is none or taken.
    """
    row = get_block(session, issue, block_id)
    if row.kind == SAVED:
        raise RefusedError(IS_SAVED)
    name = _check_name(name)
    _refuse_taken(session, issue.newsletter_id, name)
    slug = derive_slug(name)
    saved = SavedBlock(
        newsletter_id=issue.newsletter_id, slug=slug, name=name, kind=row.kind, version=row.version, data=row.data,
        is_shared=is_shared, revision=1, updated_at=now, updated_by=actor,
    )  # fmt: skip
    _add(session, saved)
    _record(session, issue.workspace_id, issue.newsletter_id, "block_saved", actor=actor, now=now)
    if is_shared:
        _replace(session, issue, "save", block_id, SAVED, {"saved": slug}, actor=actor, now=now)
    return saved


def detach_block(session: Session, issue: Issue, block_id: str, *, actor: str, now: datetime) -> None:
    """Put a copy of a shared block in its place, to be changed in this issue alone. A step to undo."""
    row = get_block(session, issue, block_id)
    if row.kind != SAVED:
        raise RefusedError(mark("The block is not a saved one."))
    saved = get_saved(session, issue.newsletter_id, row.data["saved"])
    _replace(session, issue, "detach", block_id, saved.kind, saved.data, actor=actor, now=now)


def change_saved(
    session: Session,
    newsletter: Newsletter,
    saved: SavedBlock,
    name: str,
    data: Mapping[str, Any],
    *,
    revision: int,
    actor: str,
    now: datetime,
) -> None:
    """Change a saved block; drafts that share it show the change.

    InvalidError lists what is wrong, ConflictError when somebody else was faster than `revision`.
    """
    block = check_block(saved.slug, saved.kind, data)
    problems = find_missing_files(session, newsletter.workspace_id, block["data"])
    if problems:
        raise InvalidError(problems)
    name = _check_name(name)
    if (name, block["data"]) == (saved.name, saved.data):
        return
    if name != saved.name:
        _refuse_taken(session, newsletter.id, name, but=saved)
    if revision != saved.revision:
        raise ConflictError(saved, saved.updated_by)
    saved.name, saved.data, saved.version = name, block["data"], block["v"]
    saved.revision, saved.updated_at, saved.updated_by = saved.revision + 1, now, actor
    _record(session, newsletter.workspace_id, newsletter.id, "saved_block_changed", actor=actor, now=now)


def delete_saved(session: Session, newsletter: Newsletter, saved: SavedBlock, *, actor: str, now: datetime) -> None:
    """RefusedError while it stands in a draft or a template. Copies and sent issues stay as they are."""
    if any(list_users_of(session, saved)):
        raise RefusedError(IN_USE)
    session.delete(saved)
    _record(session, newsletter.workspace_id, newsletter.id, "saved_block_deleted", actor=actor, now=now)


def save_template(session: Session, issue: Issue, name: str, *, actor: str, now: datetime) -> IssueTemplate:
    """Keep an issue's blocks and title for later issues to start from. InvalidError when the name is none or taken."""
    name = _check_name(name)
    document = dump_document(load_document(session, issue))
    template = IssueTemplate(
        newsletter_id=issue.newsletter_id, name=name, document=document, updated_at=now, updated_by=actor
    )
    _add(session, template)
    _record(session, issue.workspace_id, issue.newsletter_id, "template_saved", actor=actor, now=now)
    return template


def delete_template(
    session: Session, newsletter: Newsletter, template: IssueTemplate, *, actor: str, now: datetime
) -> None:
    session.delete(template)
    _record(session, newsletter.workspace_id, newsletter.id, "template_deleted", actor=actor, now=now)


def _refuse_taken(session: Session, newsletter_id: int, name: str, *, but: SavedBlock | None = None) -> None:
    """Raise InvalidError when another saved block has the name, or one that differs in signs and accents alone."""
    others = [one for one in list_saved(session, newsletter_id) if one is not but]
    if derive_slug(name) in {derive_slug(one.name) for one in others}:
        raise InvalidError([Problem(NAME_TAKEN, field="saved_name")])


def _add(session: Session, kept: SavedBlock | IssueTemplate) -> None:
    """Store it under its name. InvalidError when the name is taken, also by somebody who is storing just now."""
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError:
        raise InvalidError([Problem(NAME_TAKEN, field="saved_name")]) from None


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if fault := find_name_fault(name) or ("" if derive_slug(name) else NO_NAME):
        raise InvalidError([Problem(fault, field="saved_name")])
    return name


def _replace(
    session: Session,
    issue: Issue,
    verb: str,
    block_id: str,
    kind: str,
    data: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Make a block another one in its place, shown where and to whom it was."""
    before = take_parts(session, issue, [block_id])
    part = {**before["blocks"][block_id], "kind": kind, "version": BY_NAME[kind].VERSION, "data": dict(data)}
    after = {"order": before["order"], "blocks": {block_id: part}}
    record_step(session, issue, verb, before, after, actor=actor, now=now)


def _record(session: Session, workspace_id: int, newsletter_id: int, verb: str, *, actor: str, now: datetime) -> None:
    subject = f"newsletter:{newsletter_id}"
    record_activity(session, workspace_id, actor=actor, verb=f"newsletter.{verb}", subject=subject, now=now)
