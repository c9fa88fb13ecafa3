"""How long each kind of data is kept, and forgetting what has had its time (GDPR art. 5(1)(e)).

`KEPT` says why other tables are not weeded here. Every table stands in one of the two; a test holds that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mailer.accounts.models import SignInLink, UserSession
from mailer.config import Settings
from mailer.deliveries.forgetting import forget_readers
from mailer.deliveries.models import DeliveryNote
from mailer.issues.presence import forget_presences
from mailer.issues.steps import forget_steps
from mailer.notices.models import WAITING, Notice
from mailer.polls.forgetting import sum_anonymous, sum_named
from mailer.shares.tipping import forget_tips
from mailer.subscribers.models import AddressChange, LinkRequest
from mailer.subscribers.requests import forget_unconfirmed
from mailer.workspaces.models import Invitation

AT_ONCE = 1000  # rows in one transaction: others want to write, too

Forget = Callable[[Session, datetime], int]


@dataclass(frozen=True)
class Rule:
    """Forget what is older than `days`; `forget` takes the moment before which things go, and returns how many went."""

    name: str
    tables: tuple[str, ...]
    days: int
    forget: Forget


def list_rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the periods, as the settings have them."""
    return (
        Rule("unconfirmed", ("join_requests",), settings.keep_unconfirmed_days, forget_unconfirmed),
        Rule("link requests", ("link_requests",), 1, _by(LinkRequest, "asked_at")),
        Rule("changes of address", ("address_changes",), 1, _by(AddressChange, "asked_at")),
        Rule("notices", ("notices",), settings.keep_notices_days, _forget_notices),
        Rule("what relays said", ("delivery_notes",), settings.keep_relay_words_days, _by(DeliveryNote, "at")),
        Rule("who got what", ("deliveries",), settings.keep_deliveries_months * 365 // 12, forget_readers),
        Rule("anonymous answers", ("votes",), 7, sum_anonymous),
        Rule("who answered what", ("votes",), settings.keep_deliveries_months * 365 // 12, sum_named),
        Rule("steps of editing", ("issue_steps",), 90, forget_steps),
        Rule("open pages of editors", ("presences",), 1, forget_presences),
        Rule("tips", ("tips",), 1, forget_tips),
        Rule("sign-in links", ("sign_in_links",), 30, _by(SignInLink, "created_at")),
        Rule("sessions", ("user_sessions",), 0, _by(UserSession, "expires_at")),
        Rule("invitations", ("invitations",), 30, _by(Invitation, "expires_at")),
    )


KEPT = {
    "activity": "the audit trail",
    "assets": "what sent issues show, for the life of the archive",
    "batch_reasons": "figures without persons",
    "batches": "figures without persons",
    "blocks": "drafts are the editors' own",
    "consent_texts": "what consents refer to",
    "consents": "proof, as long as the subscriber is known; erased with them",
    "derivatives": "images of sent issues",
    "dispatch_lists": "figures without persons",
    "dispatch_times": "figures without persons",
    "dispatches": "what was sent, a record",
    "issue_templates": "the editors' own",
    "issue_texts": "the search of the archive",
    "issues": "what was sent, a record",
    "lists": "settings",
    "members": "who works here, until they are removed",
    "newsletter_lists": "settings",
    "newsletters": "settings",
    "partners": "organisations, and the figures of their links",
    "relay_troubles": "the last word of each relay",
    "relays": "settings",
    "revisions": "versions of what editors wrote",
    "saved_blocks": "the editors' own",
    "sender_domains": "the first day of each domain",
    "sending_quotas": "one row a relay",
    "share_counts": "figures without persons",
    "snapshot_variants": "what was sent, a record",
    "snapshots": "what was sent, a record",
    "stopped_counts": "figures without persons",
    "subscribers": "until they leave us by erasing, or an owner removes them",
    "subscriptions": "proof of joining and leaving; erased with the subscriber",
    "suppressions": "keyed hashes, so that nobody is mailed against their will",
    "tip_blocks": "keyed hashes, so that nobody is tipped against their will",
    "users": "who works here, until they are removed",
    "vote_sums": "figures without persons",
    "web_versions": "what the archive shows",
    "workspaces": "settings",
}


def forget_batch(session: Session, rule: Rule, now: datetime) -> int:
    """Forget up to AT_ONCE things of one kind; 0 when there are no more."""
    return rule.forget(session, now - timedelta(days=rule.days))


def iter_tables(settings: Settings) -> Iterator[str]:
    for rule in list_rules(settings):
        yield from rule.tables


def _by(table: type, column: str) -> Forget:
    """Return a function that deletes rows whose `column` lies before a moment."""

    def forget(session: Session, before: datetime) -> int:
        old = select(table.id).where(getattr(table, column) < before).limit(AT_ONCE)  # type: ignore[attr-defined]  # a mapped class
        return len(session.scalars(delete(table).where(table.id.in_(old)).returning(table.id)).all())  # type: ignore[attr-defined]  # a mapped class

    return forget


def _forget_notices(session: Session, before: datetime) -> int:
    """Delete notices that have ended; their hashes kept one mailbox from getting too many."""
    old = select(Notice.id).where(Notice.state != WAITING, Notice.asked_at < before).limit(AT_ONCE)
    return len(session.scalars(delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)).all())
