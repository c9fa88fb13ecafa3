"""Revisions of a draft: kept by themselves, compared block by block, and put back as one step that can be undone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mailer.blocks.controls import list_controls
from mailer.blocks.registry import BY_NAME
from mailer.blocks.typed import flatten
from mailer.clock import LOCAL_ZONE
from mailer.errors import NotFoundError
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.models import Issue, Revision
from mailer.render.richtext import visible_text

Reason = Literal["day", "restore", "replace"]
FACTS = ("subject", "preheader", "title", "lang", "date")
_NOT_WORDS = {"asset", "focus"}


@dataclass(frozen=True)
class Run:
    """Some words of a text, and whether the other text lacks them."""

    words: str
    is_changed: bool


@dataclass(frozen=True)
class Compared:
    """A block, or the issue's facts (`kind` is empty), then and now; None where it was not there."""

    kind: str
    then: tuple[Run, ...] | None
    now: tuple[Run, ...] | None

    @property
    def is_changed(self) -> bool:
        sides = (self.then, self.now)
        return None in sides or any(run.is_changed for side in sides for run in side or ())


def keep_revision(session: Session, issue: Issue, reason: Reason, *, actor: str, now: datetime) -> None:
    """Keep the draft as it is now; nothing when the newest revision is the same."""
    document = dump_document(load_document(session, issue))
    newest = next(iter(list_revisions(session, issue)), None)
    if newest is not None and newest.document == document:
        return
    row = Revision(
        issue_id=issue.id, revision=issue.revision, document=document, created_at=now, reason=reason, actor=actor
    )
    session.add(row)
    issue.revision += 1
    session.flush()


def keep_morning(session: Session, issue: Issue, *, actor: str, now: datetime) -> None:
    """Keep the draft as it is before the first change of a day."""
    newest = session.scalar(select(func.max(Revision.created_at)).where(Revision.issue_id == issue.id))
    if newest is None or newest.astimezone(LOCAL_ZONE).date() < now.astimezone(LOCAL_ZONE).date():
        keep_revision(session, issue, "day", actor=actor, now=now)


def list_revisions(session: Session, issue: Issue) -> list[Revision]:
    """Return what is kept of a draft, newest first."""
    wanted = select(Revision).where(Revision.issue_id == issue.id)
    return list(session.scalars(wanted.order_by(Revision.revision.desc())))


def get_revision(session: Session, issue: Issue, revision: int) -> Revision:
    row = session.get(Revision, (issue.id, revision))
    if row is None:
        raise NotFoundError("There is no such revision.")
    return row


def compare_documents(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Compared]:
    """Return the issue's facts and every block of either document side by side, in the order of now. Pure."""
    before = {block["id"]: block for block in then["blocks"]}
    after = {block["id"]: block for block in now["blocks"]}
    facts = [_compare("", *("\n".join(str(one.get(name) or "") for name in FACTS) for one in (then, now)))]
    shown = [_compare(block["type"], _words(before.get(one)), _words(block)) for one, block in after.items()]
    gone = [_compare(block["type"], _words(block), None) for one, block in before.items() if one not in after]
    return facts + shown + gone


def _words(block: Mapping[str, Any] | None) -> str | None:
    if block is None:
        return None
    flat = flatten(list_controls(BY_NAME[block["type"]]), block["data"])
    texts = (visible_text(text) for name, text in flat.items() if name.rpartition(".")[2] not in _NOT_WORDS)
    return "\n".join(text for text in texts if text)


def _compare(kind: str, then: str | None, now: str | None) -> Compared:
    if then is None or now is None:
        return Compared(kind, _whole(then), _whole(now))
    left, right = _split(then), _split(now)
    same = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return Compared(
        kind,
        _runs(left, [(one.a, one.a + one.size) for one in same]),
        _runs(right, [(one.b, one.b + one.size) for one in same]),
    )


def _whole(text: str | None) -> tuple[Run, ...] | None:
    return None if text is None else (Run(text, is_changed=True),)


def _split(text: str) -> list[str]:
    """Return the words, each with the blanks behind it."""
    return re.findall(r"\S+\s*", text)


def _runs(words: list[str], same: list[tuple[int, int]]) -> tuple[Run, ...]:
    runs, place = [], 0
    for start, end in same:
        runs += [Run("".join(words[place:start]), is_changed=True), Run("".join(words[start:end]), is_changed=False)]
        place = end
    return tuple(run for run in runs if run.words)
