"""Loading what a dispatch sends as frozen values, so that no ORM object crosses into the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import links
from mailer.config import get_settings
from mailer.deliveries.models import Dispatch, DispatchList
from mailer.issues.models import Issue, Snapshot, SnapshotVariant
from mailer.issues.variants import variant_key
from mailer.lists.models import MailingList
from mailer.workspaces.models import Workspace


@dataclass(frozen=True)
class Variant:
    """One mail of a dispatch with its sentinels: which value stands where."""

    html: str
    text: str
    names: Mapping[str, str]  # sentinel → name of the value
    fallbacks: Mapping[str, str]  # name of the value → what stands there when the reader has none
    led_by_blank: frozenset[str] = frozenset()  # names whose value brings the blank before it, when there is a value


@dataclass(frozen=True)
class DispatchContent:
    """Everything that is the same for all readers of a dispatch."""

    dispatch_id: int
    workspace_id: int
    newsletter_id: int
    subject: str
    nonce: str
    language: str
    sender_name: str
    sender_email: str
    reply_to: str
    bounce_domain: str
    list_id: str
    list_name: str
    feedback_id: str
    archive_url: str
    variants: Mapping[str, Variant]
    audiences: tuple[tuple[str, ...], ...]  # of the blocks, in order: slugs of lists
    list_slugs: Mapping[str, str]  # list id as text → slug
    _variant_by_via: dict[str, str] = field(default_factory=dict)

    def variant_of(self, via: str) -> str:
        """Return the key of the variant for a reader who gets the issue through the lists `via`."""
        if via not in self._variant_by_via:
            slugs = [self.list_slugs[part] for part in via.split(",") if part in self.list_slugs]
            self._variant_by_via[via] = variant_key(self.audiences, slugs)
        return self._variant_by_via[via]


def load_content(session: Session, dispatch_id: int) -> DispatchContent:
    dispatch, issue, snapshot, workspace = session.execute(
        select(Dispatch, Issue, Snapshot, Workspace)
        .join(Issue, Issue.id == Dispatch.issue_id)
        .join(Snapshot, Snapshot.id == Dispatch.snapshot_id)
        .join(Workspace, Workspace.id == Dispatch.workspace_id)
        .where(Dispatch.id == dispatch_id)
    ).one()
    identity = snapshot.identity
    settings = get_settings()
    host = settings.base_host
    return DispatchContent(
        dispatch_id=dispatch.id,
        workspace_id=dispatch.workspace_id,
        newsletter_id=issue.newsletter_id,
        subject=snapshot.subject,
        nonce=snapshot.nonce,
        language=issue.language,
        sender_name=identity["sender_name"],
        sender_email=identity["sender_email"],
        reply_to=identity["reply_to"],
        bounce_domain=settings.bounce_domain or identity["sender_email"].rpartition("@")[2],
        # RFC 2919 §2: stable, so it is made of names that are never changed, not of the newsletter's title.
        list_id=f"{identity['slug']}.{workspace.slug}.{host}",
        list_name=identity["name"],
        # Campaign, newsletter, workspace, sender: four parts, none of them personal.
        feedback_id=f"{dispatch.id}:{identity['slug'][:20]}:{workspace.slug[:20]}:mailer{workspace.id}",
        archive_url=links.archive_url(identity["slug"]),
        variants=_load_variants(session, snapshot.id),
        audiences=tuple(tuple(block.get("audience", ())) for block in snapshot.document["blocks"]),
        list_slugs=_load_slugs(session, dispatch.id),
    )


def _load_variants(session: Session, snapshot_id: int) -> dict[str, Variant]:
    rows = session.scalars(select(SnapshotVariant).where(SnapshotVariant.snapshot_id == snapshot_id))
    return {row.variant: _as_variant(row) for row in rows}


def _as_variant(row: SnapshotVariant) -> Variant:
    html, text, led = row.html, row.text, set()
    names = {slot["sentinel"]: _hole_name(slot["name"], slot["fallback"], slot["closes_up"]) for slot in row.slots}
    for slot in row.slots:
        blank = " " + slot["sentinel"]
        if slot["closes_up"] and blank in html + text:
            html, text = html.replace(blank, slot["sentinel"]), text.replace(blank, slot["sentinel"])
            led.add(names[slot["sentinel"]])
    fallbacks = {names[slot["sentinel"]]: slot["fallback"] for slot in row.slots}
    return Variant(html, text, names, fallbacks, frozenset(led))


def _load_slugs(session: Session, dispatch_id: int) -> dict[str, str]:
    rows = session.execute(
        select(MailingList.id, MailingList.slug)
        .join(DispatchList, DispatchList.list_id == MailingList.id)
        .where(DispatchList.dispatch_id == dispatch_id)
    )
    return {str(row[0]): row[1] for row in rows}


def _hole_name(name: str, fallback: str, closes_up: bool) -> str:
    """Two slots of one field with different fallbacks are two values; so is one that brings the blank before it."""
    return f"{name}|{fallback}" if fallback or closes_up else name
