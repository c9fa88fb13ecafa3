"""Freezing an issue: the snapshot from which mails, web page and archive all come, and which never changes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.issues.document import IssueDocument, dump_document, parse_document
from mailer.issues.models import SENT, Issue, Snapshot, SnapshotVariant
from mailer.issues.preview import compose_stored
from mailer.issues.queries import find_first_snapshot
from mailer.issues.saved import SAVED, load_whole
from mailer.issues.variants import variant_key
from mailer.issues.words import index_issue
from mailer.newsletters.models import Newsletter
from mailer.tokens import random_nonce

# Gmail cuts a mail off after 102,400 octets of HTML, and the footer with "unsubscribe" stands last.
MAX_HTML_BYTES = 102_400
MAX_VARIANTS = 4


def freeze_issue(session: Session, newsletter: Newsletter, issue: Issue, *, now: datetime) -> Snapshot:
    """Make the snapshot of a dispatch and mark the issue as sent, so that nothing can change it any more.

    A later dispatch of the issue says what the first one said, whatever has become of its saved blocks and the theme.
    """
    first = find_first_snapshot(session, issue.id)
    document = load_whole(session, issue)
    if any(block.type == SAVED for block in document.blocks):
        raise RefusedError(
            mark("A saved block of the issue is not there any more. Delete its block, or put in another.")
        )
    theme = first.identity["theme"] if first else newsletter.theme
    nonce = random_nonce()
    composed = compose_stored(session, newsletter, issue, document, nonce=nonce, theme=theme)
    snapshot = Snapshot(
        workspace_id=issue.workspace_id,
        issue_id=issue.id,
        document=dump_document(document),
        identity={
            "name": newsletter.name,
            "slug": newsletter.slug,
            "theme": theme,
            "sender_name": newsletter.sender_name,
            "sender_email": newsletter.sender_email,
            "reply_to": newsletter.reply_to,
        },
        subject=composed.subject,
        web=composed.web,
        nonce=nonce,
        hash=_hash(document, composed.web),
        created_at=now,
    )
    session.add(snapshot)
    issue.state, issue.sent_at = SENT, issue.sent_at or now
    session.flush()
    index_issue(session, issue, composed.web)
    return snapshot


def freeze_variants(
    session: Session, newsletter: Newsletter, issue: Issue, snapshot: Snapshot, combinations: Iterable[frozenset[str]]
) -> None:
    """Store the mail for each combination of lists (slugs) through which somebody gets the issue.

    RefusedError when the blocks' audiences give more than four different mails, or one is too large.
    """
    document, theme = parse_document(snapshot.document), snapshot.identity["theme"]
    audiences = {variant_key((block.audience for block in document.blocks), slugs): slugs for slugs in combinations}
    if len(audiences) > MAX_VARIANTS:
        words = mark("The blocks that only some lists see give {found} different mails; {allowed} are allowed.")
        raise RefusedError(words, found=len(audiences), allowed=MAX_VARIANTS)
    for key, slugs in audiences.items():
        if document.is_empty_for(slugs):
            raise RefusedError(
                mark("The issue has nothing to read for some of its readers. Add a block that they see.")
            )
        composed = compose_stored(
            session, newsletter, issue, document, nonce=snapshot.nonce, theme=theme, audience=slugs
        )
        size = len(composed.html.encode())
        if size > MAX_HTML_BYTES:
            words = mark(
                "The mail has {size} kB of HTML; mail programs cut it off after {limit} kB. "
                "Shorten the issue or link to the longer texts."
            )
            raise RefusedError(words, size=size // 1000, limit=MAX_HTML_BYTES // 1000)
        session.add(
            SnapshotVariant(
                snapshot_id=snapshot.id,
                variant=key,
                html=composed.html,
                text=composed.text,
                slots=[asdict(slot) for slot in composed.slots],
            )
        )
    session.flush()


def _hash(document: IssueDocument, web: str) -> bytes:
    canonical = json.dumps(dump_document(document), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{canonical}\n{web}".encode()).digest()
