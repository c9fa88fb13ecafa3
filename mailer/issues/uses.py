"""Where a workspace's uploads are shown, and taking away one that nothing shows any more."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.orm import Session

from mailer.assets.library import delete_asset, list_derivatives, lock_asset
from mailer.assets.models import Asset
from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.issues.document import find_assets
from mailer.issues.models import BlockRow, Issue, IssueStep, Revision, Snapshot, WebVersion
from mailer.issues.saved import list_saved, list_templates
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import list_newsletters

IN_USE = mark("The file is still used, so it stays.")


@dataclass(frozen=True)
class Use:
    """A place that shows an upload. `past` is a sent mail, or a former state of an issue that can be brought back.

    `name` is that of a saved block or template.
    """

    kind: Literal["theme", "saved", "block", "past"]
    newsletter: Newsletter
    issue: Issue | None = None
    name: str = ""


def map_uses(session: Session, workspace_id: int) -> dict[str, list[Use]]:
    """Return the themes, saved blocks and issues that show each upload, by its hash; each place once."""
    uses: dict[str, dict[Use, None]] = {}
    for newsletter in list_newsletters(session, workspace_id):
        if logo := newsletter.theme.get("logo"):
            uses.setdefault(str(logo), {})[Use("theme", newsletter)] = None
        for name, kept in _list_kept(session, newsletter.id):
            for _, file_hash in find_assets(kept):
                uses.setdefault(file_hash, {})[Use("saved", newsletter, name=name)] = None
    wanted = (
        select(BlockRow.data, Issue, Newsletter)
        .join(Issue, Issue.id == BlockRow.issue_id)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(Issue.workspace_id == workspace_id, cast(BlockRow.data, Text).contains('"asset"'))
        .order_by(Issue.year.desc(), Issue.ordinal.desc())
    )
    for data, issue, newsletter in session.execute(wanted):
        for _, file_hash in find_assets(data):
            uses.setdefault(file_hash, {})[Use("block", newsletter, issue)] = None
    return {file_hash: list(places) for file_hash, places in uses.items()}


def list_uses(session: Session, asset: Asset) -> list[Use]:
    """Return every place that needs an upload, those of the past too, each once."""
    shown = map_uses(session, asset.workspace_id).get(asset.hash, [])
    seen = {use.issue.id for use in shown if use.issue}
    return shown + [use for use in _list_past(session, asset) if use.issue and use.issue.id not in seen]


def remove_asset(session: Session, workspace_id: int, file_hash: str) -> Asset:
    """Take away an upload that nothing shows; RefusedError when something does. Returns what it was."""
    asset = lock_asset(session, workspace_id, file_hash)
    if list_uses(session, asset):
        raise RefusedError(IN_USE)
    delete_asset(session, asset)
    return asset


def _list_kept(session: Session, newsletter_id: int) -> list[tuple[str, dict[str, Any]]]:
    """Return names and contents of what is saved for later issues."""
    blocks = [(one.name, one.data) for one in list_saved(session, newsletter_id)]
    return blocks + [(one.name, one.document) for one in list_templates(session, newsletter_id)]


def _list_past(session: Session, asset: Asset) -> list[Use]:
    """Return issues whose mails, corrected pages, versions or steps to undo name the upload or one of its sizes."""
    hashes = [asset.hash, *(one.hash for one in list_derivatives(session, asset))]

    def names(*texts: ColumnElement[str]) -> ColumnElement[bool]:
        return or_(*(text.contains(one) for text in texts for one in hashes))

    named = (
        select(Snapshot.issue_id).where(names(_text(Snapshot.document), _text(Snapshot.identity), _text(Snapshot.web))),
        select(WebVersion.issue_id).where(names(_text(WebVersion.web))),
        select(Revision.issue_id).where(names(_text(Revision.document))),
        select(IssueStep.issue_id).where(names(_text(IssueStep.before), _text(IssueStep.after))),
    )
    wanted = (
        select(Issue, Newsletter)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(Issue.workspace_id == asset.workspace_id, or_(*(Issue.id.in_(ids) for ids in named)))
        .order_by(Issue.year.desc(), Issue.ordinal.desc())
    )
    return [Use("past", newsletter, issue) for issue, newsletter in session.execute(wanted)]


def _text(column: object) -> ColumnElement[str]:
    return cast(column, Text)
