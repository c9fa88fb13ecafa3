"""Starting an issue: empty, from a template, or from the last one with what repeats kept and news taken out."""

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer.activity.queries import has_just_done
from mailer.clock import LOCAL_ZONE
from mailer.errors import InvalidError, Problem, RefusedError
from mailer.i18n import mark
from mailer.issues.document import dump_document, parse_document
from mailer.issues.drafts import create_draft, load_document
from mailer.issues.envelope import TITLES
from mailer.issues.models import DRAFT, Issue, IssueTemplate
from mailer.issues.numbers import TAKEN, check_number
from mailer.issues.queries import find_issue, list_issues, parse_number
from mailer.issues.saved import SAVED, hold_shared
from mailer.newsletters.models import Newsletter

BAD_MODEL = mark("What you chose does not follow the rules any more. Begin in another way.")
# What one issue has in common with the next; everything else was that issue's own.
_REPEATING = {
    "greeting",
    "toc",
    "heading",
    "contacts",
    "partners",
    "social",
    "contact_box",
    "divider",
    "intro",
    "saved",
}


def propose_number(session: Session, newsletter: Newsletter, *, now: datetime) -> str:
    """Return the number after the last one; each year begins anew with 1."""
    year = now.astimezone(LOCAL_ZONE).year
    ordinals = [issue.ordinal for issue in list_issues(session, newsletter.id) if issue.year == year]
    return f"{year}:{max(ordinals, default=0) + 1}"


def start_issue(
    session: Session,
    newsletter: Newsletter,
    number: str,
    *,
    from_last: bool = False,
    template: IssueTemplate | None = None,
    is_year_right: bool = False,
    actor: str,
    now: datetime,
) -> Issue:
    """Make a draft: from the last issue, a template, or empty.

    RefusedError when the number is taken, also by somebody who begins just now. InvalidError when the number is none
    (field `number`), when its year is far away and nobody said `is_year_right` (that field), or when what it begins
    from breaks a rule that came later (field `begin`).
    """
    check_number(number, is_year_right=is_year_right, now=now)
    last = next(iter(list_issues(session, newsletter.id)), None) if from_last else None
    blank = {"number": number, "lang": newsletter.language, "blocks": []}
    try:
        model = _take_last(session, last, now) if last else _take_template(template) if template else {}
        named = {**blank, **model}
        document = parse_document({**named, "subject": f"{TITLES[named['lang']]} {number}"})
    except InvalidError:
        raise InvalidError([Problem(BAD_MODEL, field="begin")]) from None
    try:
        with session.begin_nested():
            return create_draft(session, newsletter, document, actor=actor, now=now)
    except IntegrityError:
        raise RefusedError(TAKEN, number=number) from None


def find_just_begun(
    session: Session, newsletter: Newsletter, number: str, *, actor: str, now: datetime
) -> Issue | None:
    """Return the draft that the same person has just begun under a number, as by the first of two presses."""
    issue = find_issue(session, newsletter.id, *parse_number(number))
    if issue is None or issue.state != DRAFT:
        return None
    place, subject = issue.workspace_id, f"issue:{issue.id}"
    return issue if has_just_done(session, place, "issue.created", subject, actor=actor, now=now) else None


def _take_last(session: Session, last: Issue, now: datetime) -> dict[str, Any]:
    former, today = dump_document(load_document(session, last)), now.astimezone(LOCAL_ZONE).date().isoformat()
    blocks = [kept for block in former["blocks"] if (kept := _keep(block, today))]
    # A sent issue may name a shared block that has been deleted since; those that are there are held.
    shared = {block["id"]: block["data"]["saved"] for block in blocks if block["type"] == SAVED}
    there = hold_shared(session, last.newsletter_id, shared.values())
    blocks = [block for block in blocks if shared.get(block["id"]) in {None, *there}]
    return {"lang": former["lang"], "title": former.get("title", ""), "blocks": blocks}


def _take_template(template: IssueTemplate) -> dict[str, Any]:
    return {name: value for name, value in template.document.items() if name in {"lang", "title", "blocks"}}


def _keep(block: dict[str, Any], today: str) -> dict[str, Any] | None:
    """Return what of a block goes into the next issue: what repeats, and what is still to come as far as is known."""
    data = block.get("data", {})
    if block["type"] == "dates":
        rows = [row for row in data["rows"] if row["date"] >= today]
        return {**block, "data": {**data, "rows": rows}} if rows else None
    if block["type"] in {"event", "call"}:
        last_day = data.get("deadline") or data.get("end") or data.get("start") or today
        return block if last_day[:10] >= today else None
    return block if block["type"] in _REPEATING else None
