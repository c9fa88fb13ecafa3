"""The words of an issue's web page, written beside it when it is sent or corrected, for the archive's search."""

import re
from html import unescape

from sqlalchemy.orm import Session

from mailer.issues.models import Issue, IssueText

_MARKUP = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def index_issue(session: Session, issue: Issue, web: str) -> None:
    """Write what the page of an issue says; what was written before is replaced."""
    words = " ".join(unescape(_MARKUP.sub(" ", web)).split())
    text = session.get(IssueText, issue.id) or IssueText(issue_id=issue.id)
    text.words, text.subject = words, fold(f"{issue.subject} {issue.title} {issue.number}")
    text.folded = fold(f"{issue.subject} {issue.preheader} {issue.title} {issue.number} {words}")
    session.add(text)
    session.flush()


def fold(text: str) -> str:
    """Return text as it is compared: å, ä and ö are letters of their own, and case does not matter."""
    return text.casefold()
