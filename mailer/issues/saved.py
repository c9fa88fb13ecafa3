"""What a newsletter keeps for later issues, and issues with the blocks that shared ones stand for.

A block of the kind `saved` names one by its short name. Whatever is rendered, frozen or exported goes through
`resolve_saved`; what editors edit does not.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.blocks.kinds.saved import Saved
from mailer.errors import NotFoundError
from mailer.issues.document import parse_document
from mailer.issues.drafts import load_document
from mailer.issues.envelope import Block, IssueDocument
from mailer.issues.models import DRAFT, BlockRow, Issue, IssueTemplate, SavedBlock
from mailer.issues.queries import find_first_snapshot

SAVED: str = Saved.NAME
OLD = timedelta(days=365)  # after which somebody should look whether it is still right


def list_saved(session: Session, newsletter_id: int) -> list[SavedBlock]:
    wanted = select(SavedBlock).where(SavedBlock.newsletter_id == newsletter_id)
    return list(session.scalars(wanted.order_by(SavedBlock.name, SavedBlock.id)))


def get_saved(session: Session, newsletter_id: int, slug: str, *, for_change: bool = False) -> SavedBlock:
    """Return a saved block, `for_change` with nobody else's change in between."""
    wanted = select(SavedBlock).where(SavedBlock.newsletter_id == newsletter_id, SavedBlock.slug == slug)
    found = session.scalar(wanted.with_for_update() if for_change else wanted)
    if found is None:
        raise NotFoundError("There is no such saved block.")
    return found


def hold_shared(session: Session, newsletter_id: int, slugs: Iterable[str]) -> set[str]:
    """Return those of the short names that are shared blocks, which cannot be deleted until the transaction ends."""
    wanted = select(SavedBlock.slug).where(SavedBlock.newsletter_id == newsletter_id, SavedBlock.is_shared)
    return set(session.scalars(wanted.where(SavedBlock.slug.in_(set(slugs))).with_for_update(read=True)))


def list_templates(session: Session, newsletter_id: int) -> list[IssueTemplate]:
    wanted = select(IssueTemplate).where(IssueTemplate.newsletter_id == newsletter_id)
    return list(session.scalars(wanted.order_by(IssueTemplate.name)))


def get_template(session: Session, newsletter_id: int, template_id: int) -> IssueTemplate:
    found = session.get(IssueTemplate, template_id)
    if found is None or found.newsletter_id != newsletter_id:
        raise NotFoundError("There is no such template.")
    return found


def resolve_saved(session: Session, newsletter_id: int, document: IssueDocument) -> IssueDocument:
    """Return the issue with the blocks that shared ones stand for; one that is not there any more stays as it is."""
    if not any(block.type == SAVED for block in document.blocks):
        return document
    shared = {one.slug: one for one in list_saved(session, newsletter_id) if one.is_shared}
    return document.model_copy(update={"blocks": tuple(_resolve(block, shared) for block in document.blocks)})


def load_whole(session: Session, issue: Issue) -> IssueDocument:
    """Return what an issue said when it was first sent; of a draft what it says now, its saved blocks written out."""
    first = find_first_snapshot(session, issue.id)
    if first:
        return parse_document(first.document)
    return resolve_saved(session, issue.newsletter_id, load_document(session, issue))


def list_old(session: Session, newsletter_id: int, document: IssueDocument, now: datetime) -> list[SavedBlock]:
    """Return the saved blocks in an issue that nobody has changed for a year."""
    named = {block.data.saved for block in document.blocks if isinstance(block.data, Saved)}
    return [one for one in list_saved(session, newsletter_id) if one.slug in named and one.updated_at < now - OLD]


def list_users_of(session: Session, saved: SavedBlock) -> tuple[list[Issue], list[IssueTemplate]]:
    """Return the drafts and templates in which a saved block stands; sent issues hold what it was then."""
    wanted = (
        select(Issue, BlockRow.data)
        .join(BlockRow, BlockRow.issue_id == Issue.id)
        .where(Issue.newsletter_id == saved.newsletter_id, Issue.state == DRAFT, BlockRow.kind == SAVED)
        .order_by(Issue.year.desc(), Issue.ordinal.desc())
    )
    drafts = {issue.id: issue for issue, data in session.execute(wanted) if data["saved"] == saved.slug}
    templates = list_templates(session, saved.newsletter_id)
    return list(drafts.values()), [one for one in templates if _names(one, saved.slug)]


def _names(template: IssueTemplate, slug: str) -> bool:
    blocks = template.document["blocks"]
    return any(block["type"] == SAVED and block["data"]["saved"] == slug for block in blocks)


def _resolve(block: Block, shared: dict[str, SavedBlock]) -> Block:
    found = shared.get(block.data.saved) if isinstance(block.data, Saved) else None
    if found is None:
        return block
    stands_for = {"type": found.kind, "v": found.version, "data": found.data}
    return Block.model_validate({**block.model_dump(include={"id", "hidden_in", "audience"}), **stands_for})
