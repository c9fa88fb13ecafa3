"""Freezing an issue: the snapshot from which mails, web page and archive all come, and which never changes."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.issues.document import IssueDocument, dump_document, parse_document
from mailer.issues.models import SENT, Issue, Snapshot, SnapshotVariant
from mailer.issues.preview import compose_stored
from mailer.issues.queries import find_first_snapshot
from mailer.issues.saved import load_whole
from mailer.issues.stops import list_stops, map_mails, measure_mail, refuse_stopped
from mailer.issues.words import index_issue
from mailer.newsletters.models import Newsletter
from mailer.tokens import random_nonce


def freeze_issue(session: Session, newsletter: Newsletter, issue: Issue, *, now: datetime) -> Snapshot:
    """Make the snapshot of a dispatch and mark the issue as sent, so that nothing can change it any more.

    A later dispatch of the issue says what the first one said, whatever has become of its saved blocks and the theme.
    """
    first = find_first_snapshot(session, issue.id)
    document = load_whole(session, issue)
    refuse_stopped(list_stops(document, (), ()))
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

    RefusedError says what `issues.stops` lists: there are too many different mails, or one is too large or empty.
    """
    document, theme = parse_document(snapshot.document), snapshot.identity["theme"]
    mails, composed = map_mails(document, combinations), {}

    def compose_all() -> Iterator[int]:
        for key, slugs in mails.items():
            composed[key] = compose_stored(
                session, newsletter, issue, document, nonce=snapshot.nonce, theme=theme, audience=slugs
            )
            yield measure_mail(newsletter, issue, composed[key])

    refuse_stopped(list_stops(document, mails.values(), compose_all()))
    for key, mail in composed.items():
        session.add(
            SnapshotVariant(
                snapshot_id=snapshot.id,
                variant=key,
                html=mail.html,
                text=mail.text,
                slots=[asdict(slot) for slot in mail.slots],
            )
        )
    session.flush()


def _hash(document: IssueDocument, web: str) -> bytes:
    canonical = json.dumps(dump_document(document), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{canonical}\n{web}".encode()).digest()
