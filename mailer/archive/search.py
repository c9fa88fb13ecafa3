"""Searching a newsletter's sent issues: every word must stand somewhere, inside longer words, too.

One text a sent issue, compared word by word on either database. Twenty years of issues are some megabytes, which are
read faster than a search engine would be kept right; and Swedish joins its words, so that parts must be found.
"""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mailer.issues.models import SENT, Issue, IssueText
from mailer.issues.words import fold

MOST_WORDS, LONGEST_QUERY, MOST_HITS = 8, 200, 50
_AROUND = 80


@dataclass(frozen=True)
class Hit:
    """An issue in which all words stand, with some of what stands around the first of them."""

    issue: Issue
    excerpt: Markup


def split_query(query: str) -> list[str]:
    """Return the words of a query, folded; what is more than the limits is left out."""
    return fold(query[:LONGEST_QUERY]).split()[:MOST_WORDS]


def search_issues(session: Session, newsletter_id: int, query: str) -> list[Hit]:
    """Return the issues in which every word stands: those with a word in the subject first, then the newest."""
    words = split_query(query)
    if not words:
        return []
    in_subject: ColumnElement[int] = literal(0)
    for word in words:
        in_subject += case((_holds(IssueText.subject, word), 1), else_=0)
    rows = session.execute(
        select(Issue, IssueText.words)
        .join(IssueText, IssueText.issue_id == Issue.id)
        .where(
            Issue.newsletter_id == newsletter_id,
            Issue.state == SENT,
            Issue.withdrawn_at.is_(None),
            *[_holds(IssueText.folded, word) for word in words],
        )
        .order_by(in_subject.desc(), Issue.year.desc(), Issue.ordinal.desc())
        .limit(MOST_HITS)
    )
    return [Hit(row[0], _excerpt(row[1], words)) for row in rows]


def _holds(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Return the condition that a text holds a word as it is: a wildcard in it is a letter like any other."""
    return column.contains(word, autoescape=True)


def _excerpt(words: str, wanted: list[str]) -> Markup:
    """Return the surroundings of the first word that stands in the text, with every one of them marked."""
    folded = words.casefold()
    places = [place for word in wanted if (place := folded.find(word)) >= 0] if len(folded) == len(words) else []
    start = max(0, min(places, default=0) - _AROUND)
    piece = words[start : start + 3 * _AROUND]
    pattern = re.compile("|".join(re.escape(word) for word in sorted(wanted, key=len, reverse=True)), re.IGNORECASE)
    out, at = Markup("… ") if start else Markup(), 0
    for match in pattern.finditer(piece):
        out += escape(piece[at : match.start()]) + Markup("<mark>{}</mark>").format(match[0])
        at = match.end()
    return out + escape(piece[at:]) + (Markup(" …") if start + 3 * _AROUND < len(words) else Markup())
