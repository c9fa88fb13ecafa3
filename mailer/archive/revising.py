"""Withdrawing, correcting and redacting a sent issue on the web. What was sent, and its snapshot, stay: records."""

import re
from datetime import datetime
from html import escape

from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.archive.published import CORRECTED, REDACTED, find_first_web, read_shown
from mailer.errors import RefusedError
from mailer.i18n import get_translations, mark
from mailer.issues.models import SENT, Issue, WebVersion
from mailer.issues.words import index_issue

NOT_SENT = mark("Only a sent issue can be withdrawn or corrected.")
NOT_FOUND = mark("“{words}” does not stand in the issue.")
NO_WORDS = mark("Write what is to be replaced.")
NO_REASON = mark("Write why, in a sentence for readers.")
REMOVED = mark("[removed]")
LONGEST_NOTE = 300
_TAG = re.compile(r"(<[^>]*>)")
_LINK_TO = re.compile(r'<a\s[^>]*href="(?:mailto|tel):[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


def withdraw_issue(session: Session, issue: Issue, reason: str, *, actor: str, now: datetime) -> None:
    """Take an issue off the web; its page says when and why. RefusedError without a reason."""
    _refuse_unsent(issue)
    if not reason.strip():
        raise RefusedError(NO_REASON)
    issue.withdrawn_at, issue.withdrawn_because = now, reason.strip()[:LONGEST_NOTE]
    _record(session, issue, "issue.withdrawn", actor, now)


def restore_issue(session: Session, issue: Issue, *, actor: str, now: datetime) -> None:
    """Show a withdrawn issue again."""
    issue.withdrawn_at, issue.withdrawn_because = None, ""
    _record(session, issue, "issue.restored", actor, now)


def correct_issue(
    session: Session, issue: Issue, note: str, old: str, new: str, *, actor: str, now: datetime
) -> WebVersion:
    """Tell readers of a correction and, with `old`, put other words in its place on the page.

    RefusedError without a note, or when the words do not stand there.
    """
    _refuse_unsent(issue)
    if not note.strip():
        raise RefusedError(NO_REASON)
    web = _present(session, issue)
    if old.strip():
        web = replace_words(web, old.strip(), new.strip())
    return _store(session, issue, CORRECTED, web, note.strip()[:LONGEST_NOTE], actor, now)


def redact_issue(session: Session, issue: Issue, words: str, *, actor: str, now: datetime) -> WebVersion:
    """Take a name, an address or a number off the page and out of the search, without a word about it to readers."""
    _refuse_unsent(issue)
    if not words.strip():
        raise RefusedError(NO_WORDS)
    instead = get_translations(issue.language).gettext(REMOVED)
    web = replace_words(_present(session, issue), words.strip(), instead, and_links=True)
    return _store(session, issue, REDACTED, web, "", actor, now)


def replace_words(web: str, old: str, new: str, *, and_links: bool = False) -> str:
    """Return a fragment with words replaced in its text, never in its markup; any case, any blanks between them.

    With `and_links`, a mail or telephone link that shows or holds the words loses its address. RefusedError when the
    words do not stand there.
    """
    pattern = re.compile(r"\s+".join(re.escape(escape(word, quote=False)) for word in old.split()), re.IGNORECASE)
    found = 0
    if and_links:
        web, found = _unlink(web, pattern)
    parts = _TAG.split(web)
    for index in range(0, len(parts), 2):
        parts[index], count = pattern.subn(lambda _: escape(new, quote=False), parts[index])
        found += count
    if not found:
        raise RefusedError(NOT_FOUND, words=old)
    return "".join(parts)


def _unlink(web: str, pattern: re.Pattern[str]) -> tuple[str, int]:
    count = 0

    def unlink(link: re.Match[str]) -> str:
        nonlocal count
        if not pattern.search(link[0]):
            return link[0]
        count += 1
        return link[1]

    return _LINK_TO.sub(unlink, web), count


def _present(session: Session, issue: Issue) -> str:
    return read_shown(session, issue.id, find_first_web(session, issue.id)).web


def _store(session: Session, issue: Issue, kind: str, web: str, note: str, actor: str, now: datetime) -> WebVersion:
    version = WebVersion(issue_id=issue.id, kind=kind, web=web, note=note, actor=actor, created_at=now)
    session.add(version)
    session.flush()
    index_issue(session, issue, web)
    _record(session, issue, f"issue.{kind}", actor, now)
    return version


def _refuse_unsent(issue: Issue) -> None:
    if issue.state != SENT:
        raise RefusedError(NOT_SENT)


def _record(session: Session, issue: Issue, verb: str, actor: str, now: datetime) -> None:
    record_activity(session, issue.workspace_id, actor=actor, verb=verb, subject=f"issue:{issue.id}", now=now)
