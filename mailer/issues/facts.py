"""What a draft says of itself: subject, preview line, title, language and day; changed field by field.

A fact that somebody else has changed since it was shown is not overwritten: OvertakenError, and both are there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from mailer.errors import InvalidError, OvertakenError
from mailer.i18n import mark
from mailer.issues.changers import find_facts_changer
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.envelope import FACTS, IssueDocument
from mailer.issues.models import Issue
from mailer.issues.problems import explain
from mailer.issues.steps import record_step, take_parts

STORED = ("subject", "preheader", "title", "language", "published_on")  # what steps of editing call the facts
OVERTAKEN = mark("Somebody else has changed this meanwhile.")


def list_facts(issue: Issue) -> dict[str, str]:
    """Return the facts as a form shows them; a day is ISO, and what is not set is empty."""
    day = issue.published_on
    values = (issue.subject, issue.preheader, issue.title, issue.language, day.isoformat() if day else "")
    return dict(zip(FACTS, values, strict=True))


def change_facts(
    session: Session,
    issue: Issue,
    facts: Mapping[str, str],
    *,
    was: Mapping[str, str] | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Store some facts; `was` are those that were shown where these were typed.

    InvalidError says what is wrong with them.
    """
    present = list_facts(issue)
    changed = {name: text for name, text in facts.items() if text != present[name]}
    theirs = {name: present[name] for name in changed if (was or {}).get(name, present[name]) != present[name]}
    if theirs:
        stored = dict(zip(FACTS, STORED, strict=True))
        changer = find_facts_changer(session, issue.id, [stored[name] for name in theirs])
        raise OvertakenError(OVERTAKEN, theirs, changer)
    raw: dict[str, Any] = {**dump_document(load_document(session, issue)), **changed}
    if raw.get("date") == "":
        raw["date"] = None
    try:
        document = IssueDocument.model_validate(raw)
    except ValidationError as error:
        raise InvalidError([explain(line, raw) for line in error.errors()]) from None
    before = take_parts(session, issue, facts=True)
    after = {"order": before["order"], "blocks": {}, "facts": stored_facts(document)}
    if after != before:
        record_step(session, issue, "facts", before, after, actor=actor, now=now)


def stored_facts(document: IssueDocument) -> dict[str, Any]:
    """Return the facts as steps of editing hold them."""
    day = document.date
    return {
        "subject": document.subject,
        "preheader": document.preheader,
        "title": document.title,
        "language": document.lang,
        "published_on": day.isoformat() if day else None,
    }
