"""The lists a person can choose when sending an issue, with how many each would reach."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.archive.sendings import map_sent_lists
from mailer.deliveries.start import count_recipients
from mailer.issues.models import Issue
from mailer.lists.models import MailingList
from mailer.lists.queries import list_lists
from mailer.newsletters.queries import default_lists


@dataclass(frozen=True)
class Choice:
    """`dispatch_id` is the dispatch by which the list has got the issue already, if it has."""

    list: MailingList
    recipients: int
    ticked: bool
    dispatch_id: int | None


def list_choices(session: Session, issue: Issue, *, now: datetime, slugs: list[str] | None = None) -> list[Choice]:
    """Return every list of the workspace; ticked are `slugs`, or the newsletter's own lists before anybody chose."""
    ticked = {one.slug for one in default_lists(session, issue.newsletter_id)} if slugs is None else set(slugs)
    sent = map_sent_lists(session, issue.id)
    return [
        Choice(
            list=one,
            recipients=count_recipients(session, issue, [one], now=now),
            ticked=one.slug in ticked and one.id not in sent,
            dispatch_id=sent.get(one.id),
        )
        for one in list_lists(session, issue.workspace_id)
    ]


def chosen_lists(session: Session, workspace_id: int, slugs: list[str]) -> list[MailingList]:
    """Return the lists of the workspace among `slugs`; what is not one of them is left out."""
    return [one for one in list_lists(session, workspace_id) if one.slug in set(slugs)]
