"""Freezing an issue: the snapshot from which mails, web page and archive all come, and which never changes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.issues.document import IssueDocument, dump_document
from mailer.issues.drafts import load_document
from mailer.issues.models import SENT, Issue, Snapshot, SnapshotVariant
from mailer.issues.preview import compose_stored
from mailer.issues.saved import SAVED, resolve_saved
from mailer.issues.variants import variant_key
from mailer.issues.words import index_issue
from mailer.newsletters.models import Newsletter
from mailer.tokens import random_nonce

# Gmail cuts a mail off after 102,400 octets of HTML, and the footer with "unsubscribe" stands last.
MAX_HTML_BYTES = 102_400
MAX_VARIANTS = 4


def freeze_issue(session: Session, newsletter: Newsletter, issue: Issue, *, now: datetime) -> Snapshot:
    """Make the snapshot of a dispatch and mark the issue as sent, so that nothing can change it any more."""
    document = _load_whole(session, issue)
    nonce = random_nonce()
    composed = compose_stored(session, newsletter, issue, document, nonce=nonce)
    snapshot = Snapshot(
        workspace_id=issue.workspace_id,
        issue_id=issue.id,
        document=dump_document(document),
        identity={
            "name": newsletter.name,
            "slug": newsletter.slug,
            "theme": newsletter.theme,
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
    document = _load_whole(session, issue)
    audiences = {variant_key((block.audience for block in document.blocks), slugs): slugs for slugs in combinations}
    if len(audiences) > MAX_VARIANTS:
        words = mark("The blocks that only some lists see give {found} different mails; {allowed} are allowed.")
        raise RefusedError(words, found=len(audiences), allowed=MAX_VARIANTS)
    for key, slugs in audiences.items():
        if document.is_empty_for(slugs):
            raise RefusedError(
                mark("The issue has nothing to read for some of its readers. Add a block that they see.")
            )
        composed = compose_stored(session, newsletter, issue, document, nonce=snapshot.nonce, audience=slugs)
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


def _load_whole(session: Session, issue: Issue) -> IssueDocument:
    """Return the issue with its saved blocks written out; RefusedError when one is not there any more."""
    document = resolve_saved(session, issue.newsletter_id, load_document(session, issue))
    if any(block.type == SAVED for block in document.blocks):
        raise RefusedError(
            mark("A saved block of the issue is not there any more. Delete its block, or put in another.")
        )
    return document


def _hash(document: IssueDocument, web: str) -> bytes:
    canonical = json.dumps(dump_document(document), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{canonical}\n{web}".encode()).digest()
