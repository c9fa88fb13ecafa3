"""A poll in an issue that has been sent, for the tests of answering and of results."""

from datetime import datetime

from sqlalchemy import Engine, select

from mailer import clock, db
from mailer.deliveries.start import start_dispatch
from mailer.issues.editing import add_block, lock_draft
from mailer.issues.queries import get_issue, list_blocks
from mailer.polls.models import Vote
from mailer.tokens import sign
from tests.web.conftest import BASE
from tests.web.world import NOW, World

ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"
SAME = {"origin": BASE}


class Poll:
    """A poll in an issue that has been sent: its block, its dispatch, and how readers get at it."""

    def __init__(self, world: World, block: str, dispatch_id: int) -> None:
        self.world, self.block, self.dispatch_id = world, block, dispatch_id

    def path(self, answer: int | str = 1, reader: int = 0) -> str:
        token = sign("answer", self.world.readers[reader].id, self.dispatch_id, 0)
        return f"/svar/{token}/{self.block}/{answer}"


def send_poll(engine: Engine, world: World, closes: datetime, **fields: object) -> Poll:
    data = {"question": "Kommer du?", "answers": ["Ja", "Kanske", "Nej"], "closes": f"{closes:%Y-%m-%d}", **fields}
    with db.transaction(engine) as session:
        issue = get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")
        lock_draft(session, issue.id)
        add_block(session, issue, "poll", data, "", actor="test", now=NOW)
        block = next(row.block_id for row in list_blocks(session, issue.id) if row.kind == "poll")
        dispatch = start_dispatch(session, issue, world.lists[:1], actor="test", now=clock.now())
        return Poll(world, block, dispatch.id)


def votes() -> list[Vote]:
    with db.reading() as session:
        found = list(session.scalars(select(Vote)))
        session.expunge_all()
        return found
