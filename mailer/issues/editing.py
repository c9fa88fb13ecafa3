"""Editing a draft block by block. Each change is checked as a whole document would be, and is one step to undo.

A block that somebody else has changed meanwhile is not overwritten: ConflictError, and both texts are there.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from mailer.assets.library import hold_assets
from mailer.blocks.registry import BY_NAME
from mailer.errors import InvalidError, NotFoundError, Problem, RefusedError
from mailer.i18n import mark
from mailer.issues.changers import find_block_changer
from mailer.issues.document import dump_document, find_assets, parse_document
from mailer.issues.envelope import FORMS, MAX_BLOCKS, Block
from mailer.issues.facts import OVERTAKEN, stored_facts
from mailer.issues.models import DRAFT, BlockRow, Issue, Revision, SavedBlock
from mailer.issues.problems import explain, is_consequence
from mailer.issues.queries import lock_issue
from mailer.issues.revisions import keep_revision
from mailer.issues.saved import SAVED, hold_shared
from mailer.issues.steps import Parts, record_step, take_parts
from mailer.lists.queries import list_lists
from mailer.tokens import random_nonce

SENT_ALREADY = mark("The issue has been sent and can no longer be changed.")
NO_FILE = mark("Choose a picture or document of this workspace.")
NO_LIST = mark("Choose lists of this workspace.")
NO_SAVED = mark("Choose a saved block of this newsletter.")
FULL = mark("An issue has at most {most} blocks.")


class ConflictError(RefusedError):
    """The block was changed elsewhere since it was opened, `by` whom; `theirs` is what it holds now."""

    def __init__(self, theirs: BlockRow | SavedBlock, by: str) -> None:
        self.theirs = theirs
        self.by = by
        super().__init__(OVERTAKEN)


def lock_draft(session: Session, issue_id: int) -> Issue:
    """Return the issue for changing, nobody else's change in between. RefusedError when it has been sent."""
    issue = lock_issue(session, issue_id)
    if issue.state != DRAFT:
        raise RefusedError(SENT_ALREADY)
    return issue


def get_block(session: Session, issue: Issue, block_id: str) -> BlockRow:
    row = session.get(BlockRow, (issue.id, block_id))
    if row is None:
        raise NotFoundError("There is no such block.")
    return row


def propose_id(kind: str) -> str:
    """Return an id for a new block. The form holds it, so that what is sent twice is one block."""
    return f"{kind}-{random_nonce()[:8]}"


def add_block(
    session: Session,
    issue: Issue,
    kind: str,
    data: Mapping[str, Any],
    after: str,
    *,
    block_id: str = "",
    hidden_in: list[str] | None = None,
    audience: list[str] | None = None,
    tab: str = "",
    actor: str,
    now: datetime,
) -> BlockRow:
    """Put a new block behind another one, or first. InvalidError lists what is wrong with its fields."""
    before = take_parts(session, issue)
    if len(before["order"]) >= MAX_BLOCKS:
        raise RefusedError(FULL, most=MAX_BLOCKS)
    block = check_block(_choose_id(kind, block_id), kind, data, hidden_in, audience)
    check_names(session, issue, block)
    _insert(session, issue, "add", block, before, after, actor=actor, now=now)
    row = get_block(session, issue, block["id"])
    row.saved_by = tab
    return row


def change_block(
    session: Session,
    issue: Issue,
    block_id: str,
    data: Mapping[str, Any],
    *,
    hidden_in: list[str],
    audience: list[str],
    revision: int,
    tab: str = "",
    actor: str,
    now: datetime,
) -> BlockRow:
    """Store what a form holds; `revision` is the one that was opened.

    A tab never meets itself: what it saved last may be changed by it, though the answer that told the revision was
    lost. What is stored already may be saved again.
    """
    row = get_block(session, issue, block_id)
    block = check_block(block_id, row.kind, data, hidden_in, audience)
    before = take_parts(session, issue, [block_id])
    if _stored(block) == before["blocks"][block_id]:
        return row
    if row.revision != revision and not (tab and row.saved_by == tab):
        raise ConflictError(row, find_block_changer(session, issue.id, block_id))
    check_names(session, issue, block)
    after = {"order": before["order"], "blocks": {block_id: _stored(block)}}
    record_step(session, issue, "change", before, after, actor=actor, now=now)
    row.saved_by = tab
    return row


def restore_revision(session: Session, issue: Issue, revision: Revision, *, actor: str, now: datetime) -> None:
    """Make the draft what it was, as one step that can be undone; what it is now is kept as a revision."""
    keep_revision(session, issue, "restore", actor=actor, now=now)
    document = parse_document(revision.document)
    blocks = {block["id"]: block for block in dump_document(document)["blocks"]}
    here = take_parts(session, issue)["order"]
    before = take_parts(session, issue, [*here, *(one for one in blocks if one not in here)], facts=True)
    wanted: dict[str, Any] = dict.fromkeys(before["blocks"])
    for block_id, block in blocks.items():
        wanted[block_id] = _stored({"hidden_in": [], "audience": [], **block})
    after = {"order": list(blocks), "blocks": wanted, "facts": stored_facts(document)}
    record_step(session, issue, "restore", before, after, actor=actor, now=now)


def duplicate_block(
    session: Session, issue: Issue, block_id: str, *, copy_id: str = "", actor: str, now: datetime
) -> str:
    """Put a copy behind a block; return its id. A copy that is there already is not made again."""
    row, before = get_block(session, issue, block_id), take_parts(session, issue)
    copy_id = _choose_id(row.kind, copy_id)
    if copy_id in before["order"]:
        return copy_id
    if len(before["order"]) >= MAX_BLOCKS:
        raise RefusedError(FULL, most=MAX_BLOCKS)
    copy = check_block(copy_id, row.kind, row.data, row.hidden_in, row.audience)
    _insert(session, issue, "duplicate", copy, before, block_id, actor=actor, now=now)
    return copy_id


def find_block(session: Session, issue: Issue, block_id: str) -> BlockRow | None:
    return session.get(BlockRow, (issue.id, block_id))


def move_block(session: Session, issue: Issue, block_id: str, steps: int, *, actor: str, now: datetime) -> None:
    """Move a block up (negative) or down; at the end it stays where it is."""
    get_block(session, issue, block_id)
    place = take_parts(session, issue)["order"].index(block_id)
    place_block(session, issue, block_id, place + steps, actor=actor, now=now)


def place_block(session: Session, issue: Issue, block_id: str, place: int, *, actor: str, now: datetime) -> None:
    """Move a block to a place, the first being 0; beyond the ends it is the end."""
    get_block(session, issue, block_id)
    before = take_parts(session, issue)
    order = [one for one in before["order"] if one != block_id]
    order.insert(max(0, min(len(order), place)), block_id)
    if order != before["order"]:
        record_step(session, issue, "move", before, {"order": order, "blocks": {}}, actor=actor, now=now)


def hide_block(session: Session, issue: Issue, block_id: str, *, is_hidden: bool, actor: str, now: datetime) -> None:
    """Leave a block out of everything that is sent and shown, or show it again everywhere."""
    kind = BY_NAME[get_block(session, issue, block_id).kind]
    before = take_parts(session, issue, [block_id])
    hidden_in = [form for form in FORMS if form in kind.FORMS] if is_hidden else []
    block = {**before["blocks"][block_id], "hidden_in": hidden_in}
    if block != before["blocks"][block_id]:
        after = {"order": before["order"], "blocks": {block_id: block}}
        record_step(session, issue, "hide" if is_hidden else "show", before, after, actor=actor, now=now)


def delete_block(session: Session, issue: Issue, block_id: str, *, actor: str, now: datetime) -> None:
    get_block(session, issue, block_id)
    before = take_parts(session, issue, [block_id])
    order = [one for one in before["order"] if one != block_id]
    record_step(session, issue, "delete", before, {"order": order, "blocks": {block_id: None}}, actor=actor, now=now)


def check_block(
    block_id: str,
    kind: str,
    data: Mapping[str, Any],
    hidden_in: list[str] | None = None,
    audience: list[str] | None = None,
) -> dict[str, Any]:
    """Return a block as it is stored; InvalidError names every field that is wrong."""
    if kind not in BY_NAME:
        raise NotFoundError("There is no such kind of block.")
    envelope = {"id": block_id, "type": kind, "v": BY_NAME[kind].VERSION, "data": dict(data)}
    raw = {"blocks": [{**envelope, "hidden_in": hidden_in or [], "audience": audience or []}]}
    try:
        block = Block.model_validate(raw["blocks"][0])
    except ValidationError as error:
        lines = [{**line, "loc": ("blocks", 0, *line["loc"])} for line in error.errors() if not is_consequence(line)]
        raise InvalidError([explain(line, raw) for line in lines]) from None
    stored = block.model_dump(mode="json", exclude_defaults=True)
    return {**envelope, "hidden_in": [], "audience": [], **stored, "data": stored.get("data", {})}


def check_names(session: Session, issue: Issue, block: Mapping[str, Any]) -> None:
    """Refuse pictures, documents, lists and saved blocks that the workspace does not have; what it has is held."""
    problems = find_missing_files(session, issue.workspace_id, block["data"])
    slugs = {one.slug for one in list_lists(session, issue.workspace_id)}
    problems += [Problem(NO_LIST, field="audience") for one in block["audience"] if one not in slugs]
    if block["type"] == SAVED:
        known = hold_shared(session, issue.newsletter_id, [block["data"]["saved"]])
        problems += [] if known else [Problem(NO_SAVED, field="saved")]
    if problems:
        raise InvalidError(problems)


def find_missing_files(session: Session, workspace_id: int, data: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each picture and document that the workspace does not have; the others are held."""
    named = {asset for _, asset in find_assets(dict(data))}
    stored = hold_assets(session, workspace_id, named)
    return [Problem(NO_FILE, field="") for one in named if one not in stored]


def _choose_id(kind: str, proposed: str) -> str:
    """Return the id that a form has proposed, or another when it is none of `propose_id`."""
    proper = re.fullmatch(rf"{re.escape(kind)}-[\w-]{{8}}", proposed, re.ASCII)
    return proposed if proper else propose_id(kind)


def _insert(
    session: Session,
    issue: Issue,
    verb: str,
    block: dict[str, Any],
    before: Parts,
    after: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    order = list(before["order"])
    order.insert(order.index(after) + 1 if after in order else 0, block["id"])
    missing = {"order": before["order"], "blocks": {block["id"]: None}}
    record_step(
        session, issue, verb, missing, {"order": order, "blocks": {block["id"]: _stored(block)}}, actor=actor, now=now
    )


def _stored(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": block["type"],
        "version": block["v"],
        "data": block["data"],
        "hidden_in": block["hidden_in"],
        "audience": block["audience"],
    }
