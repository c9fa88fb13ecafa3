"""Finding polls: the one that a reader's link names, and all of an issue that was sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.blocks.kinds.poll import Poll
from mailer.deliveries.reader_links import ReaderLink, open_reader_link
from mailer.errors import NotFoundError
from mailer.issues.models import Snapshot
from mailer.issues.queries import find_first_snapshot


@dataclass(frozen=True)
class Asked:
    """A poll as one reader opens it, with the answer their link stands for."""

    link: ReaderLink
    block: str
    poll: Poll
    number: int

    @property
    def answer(self) -> str:
        return self.poll.answers[self.number - 1]

    def is_open(self, now: datetime) -> bool:
        return now < self.poll.closes_at and self.link.issue.withdrawn_at is None


def open_answer(session: Session, token: str, block: str, answer: str) -> Asked:
    """Return what the address of an answer stands for; NotFoundError, always the same, when any part is not alive."""
    link = open_reader_link(session, "answer", token)
    snapshot = session.get_one(Snapshot, link.dispatch.snapshot_id)
    poll = _read_polls(snapshot).get(block)
    numbers = {str(number): number for number in range(1, len(poll.answers) + 1)} if poll else {}
    if poll is None or answer not in numbers:
        raise NotFoundError("unknown link")
    return Asked(link, block, poll, numbers[answer])


def list_polls(session: Session, issue_id: int) -> dict[str, Poll]:
    """Return the polls of a sent issue by the ids of their blocks; none while it is a draft."""
    snapshot = find_first_snapshot(session, issue_id)
    return _read_polls(snapshot) if snapshot else {}


def _read_polls(snapshot: Snapshot) -> dict[str, Poll]:
    blocks = (block for block in snapshot.document["blocks"] if block["type"] == Poll.NAME)
    return {block["id"]: Poll.model_validate(block["data"]) for block in blocks}
