"""Revisions of a draft: kept by themselves, compared block by block, and put back as one step that can be undone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mailer.blocks.controls import list_controls
from mailer.blocks.registry import BY_NAME
from mailer.blocks.typed import iter_words
from mailer.clock import LOCAL_ZONE
from mailer.errors import NotFoundError
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.envelope import FACTS
from mailer.issues.models import Issue, Revision
from mailer.issues.saved import SAVED, list_saved

Reason = Literal["day", "restore", "replace"]


@dataclass(frozen=True)
class Run:
    """Some words of a text, and whether the other text lacks them."""

    words: str
    is_changed: bool


@dataclass(frozen=True)
class Compared:
    """A block, or the issue's facts (`kind` is empty), then and now; None where it was not there.

    `reads_the_same` although something else has changed: a picture, how it is cut, where or to whom it is shown.
    Of one that `is_shared` on either side the words are those of today.
    """

    kind: str
    then: tuple[Run, ...] | None
    now: tuple[Run, ...] | None
    is_changed: bool
    is_shared: bool = False

    @property
    def reads_the_same(self) -> bool:
        sides = (self.then, self.now)
        return None not in sides and not any(run.is_changed for side in sides for run in side or ())


def keep_revision(session: Session, issue: Issue, reason: Reason, *, actor: str, now: datetime) -> None:
    """Keep the draft as it is now; nothing when the newest revision is the same."""
    document = dump_document(load_document(session, issue))
    wanted = select(Revision).where(Revision.issue_id == issue.id).order_by(Revision.revision.desc()).limit(1)
    newest = session.scalar(wanted)
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
    if newest is None or (_day(newest) < _day(now) and _day(issue.updated_at) < _day(now)):
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


def read_shared(session: Session, newsletter_id: int) -> dict[str, str]:
    """Return what each shared block of a newsletter says today, its name first, by its short name."""
    shared = [one for one in list_saved(session, newsletter_id) if one.is_shared]
    return {one.slug: f"{one.name}\n{_read(one.kind, one.data)}" for one in shared}


def compare_documents(
    then: Mapping[str, Any], now: Mapping[str, Any], shared: Mapping[str, str] | None = None
) -> list[Compared]:
    """Return the issue's facts and every block of either document side by side, in the order of now. Pure.

    Documents hold of a shared block only its short name: `shared` says what stands there for readers.
    """
    before = {block["id"]: block for block in then["blocks"]}
    after = {block["id"]: block for block in now["blocks"]}
    order = [*after, *(one for one in before if one not in after)]
    facts = ["\n".join(str(one.get(name) or "") for name in FACTS) for one in (then, now)]
    blocks = [_compare_blocks(before.get(one), after.get(one), shared or {}) for one in order]
    return [_compare("", facts[0], facts[1], is_changed=facts[0] != facts[1]), *blocks]


def is_reordered(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether the blocks that both documents hold stand in another order. Pure."""
    former, present = ([block["id"] for block in one["blocks"]] for one in (then, now))
    return [one for one in former if one in present] != [one for one in present if one in former]


def _day(moment: datetime) -> date:
    return moment.astimezone(LOCAL_ZONE).date()


def _compare_blocks(
    then: Mapping[str, Any] | None, now: Mapping[str, Any] | None, shared: Mapping[str, str]
) -> Compared:
    kind = str((now or then or {})["type"])
    compared = _compare(kind, _words(then, shared), _words(now, shared), is_changed=then != now)
    return replace(compared, is_shared=any(one is not None and one["type"] == SAVED for one in (then, now)))


def _words(block: Mapping[str, Any] | None, shared: Mapping[str, str]) -> str | None:
    if block is None:
        return None
    name = block["data"]["saved"] if block["type"] == SAVED else ""
    return shared.get(name) or _read(block["type"], block["data"])


def _read(kind: str, data: Mapping[str, Any]) -> str:
    return "\n".join(text for _, text in iter_words(list_controls(BY_NAME[kind]), data))


def _compare(kind: str, then: str | None, now: str | None, *, is_changed: bool) -> Compared:
    if then is None or now is None:
        return Compared(kind, _whole(then), _whole(now), is_changed)
    left, right = _split(then), _split(now)
    same = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return Compared(
        kind,
        _runs(left, [(one.a, one.a + one.size) for one in same]),
        _runs(right, [(one.b, one.b + one.size) for one in same]),
        is_changed,
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
