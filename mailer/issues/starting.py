"""Starting an issue: empty, from a template, or from the last one with what repeats kept and news taken out."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from mailer.clock import LOCAL_ZONE
from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.issues.document import dump_document, parse_document
from mailer.issues.drafts import load_document, save_document
from mailer.issues.envelope import TITLES
from mailer.issues.models import Issue, IssueTemplate
from mailer.issues.queries import find_issue, list_issues, parse_number
from mailer.newsletters.models import Newsletter

TAKEN = mark("There is an issue {number} already.")
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
    actor: str,
    now: datetime,
) -> Issue:
    """Make a draft. RefusedError when the number is none, or taken."""
    if find_issue(session, newsletter.id, *parse_number(number)):
        raise RefusedError(TAKEN, number=number)
    last = next(iter(list_issues(session, newsletter.id)), None) if from_last else None
    document: dict[str, Any] = {"number": number, "lang": newsletter.language, "blocks": []}
    if last is not None:
        former = dump_document(load_document(session, last))
        today = now.astimezone(LOCAL_ZONE).date()
        blocks = [kept for block in former["blocks"] if (kept := _keep(block, today))]
        document |= {"lang": former["lang"], "title": former.get("title", ""), "blocks": blocks}
    elif template is not None:
        document |= {name: value for name, value in template.document.items() if name in {"lang", "title", "blocks"}}
    document["subject"] = f"{TITLES[document['lang']]} {number}"
    return save_document(session, newsletter, parse_document(document), actor=actor, now=now)[0]


def _keep(block: dict[str, Any], today: date) -> dict[str, Any] | None:
    """Return what of a block goes into the next issue: repeating ones, and meetings that are still to come."""
    data = block.get("data", {})
    if block["type"] == "dates":
        rows = [row for row in data["rows"] if row["date"] >= today.isoformat()]
        return {**block, "data": {**data, "rows": rows}} if rows else None
    if block["type"] == "event":
        return block if str(data.get("start", ""))[:10] >= today.isoformat() else None
    if block["type"] == "call":
        return block if str(data.get("deadline", ""))[:10] >= today.isoformat() else None
    return block if block["type"] in _REPEATING else None
