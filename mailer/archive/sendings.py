"""What was sent to whom: dispatches with their issue and lists, and which lists an issue has gone to."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.models import Dispatch, DispatchList
from mailer.issues.models import Issue
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter


@dataclass(frozen=True)
class Sending:
    dispatch: Dispatch
    issue: Issue
    newsletter: Newsletter
    lists: list[MailingList]


def list_sendings(
    session: Session, workspace_id: int, *, issue_id: int | None = None, limit: int = 20
) -> list[Sending]:
    """Return the newest dispatches of a workspace, or of one of its issues, first."""
    wanted = (
        select(Dispatch, Issue, Newsletter)
        .join(Issue, Issue.id == Dispatch.issue_id)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(Dispatch.workspace_id == workspace_id)
        .order_by(Dispatch.id.desc())
        .limit(limit)
    )
    rows = session.execute(wanted if issue_id is None else wanted.where(Dispatch.issue_id == issue_id)).all()
    lists = _lists_by_dispatch(session, [row[0].id for row in rows])
    return [Sending(row[0], row[1], row[2], lists.get(row[0].id, [])) for row in rows]


def describe_sending(session: Session, dispatch: Dispatch) -> Sending:
    """Return one dispatch with its issue, newsletter and lists."""
    issue, newsletter = session.execute(
        select(Issue, Newsletter)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(Issue.id == dispatch.issue_id)
    ).one()
    return Sending(dispatch, issue, newsletter, _lists_by_dispatch(session, [dispatch.id]).get(dispatch.id, []))


def map_sent_lists(session: Session, issue_id: int) -> dict[int, int]:
    """Return list id → dispatch id for every list that an issue has gone to."""
    rows = session.execute(
        select(DispatchList.list_id, DispatchList.dispatch_id).where(DispatchList.issue_id == issue_id)
    )
    return {row[0]: row[1] for row in rows}


def _lists_by_dispatch(session: Session, dispatch_ids: list[int]) -> dict[int, list[MailingList]]:
    rows = session.execute(
        select(DispatchList.dispatch_id, MailingList)
        .join(MailingList, MailingList.id == DispatchList.list_id)
        .where(DispatchList.dispatch_id.in_(dispatch_ids))
        .order_by(MailingList.name)
    )
    lists: dict[int, list[MailingList]] = {}
    for dispatch_id, mailing_list in rows:
        lists.setdefault(dispatch_id, []).append(mailing_list)
    return lists
