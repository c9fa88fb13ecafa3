"""Filling in the join form as a browser does, and looking at what came of it."""

from typing import Any

from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.newsletters.join_form import JoinForm
from mailer.newsletters.models import Newsletter
from mailer.notices.kinds import KINDS
from mailer.notices.models import Notice
from mailer.subscribers.models import Subscription
from mailer.subscribers.queries import find_by_address
from mailer.subscribers.requests import look_at_asked
from mailer.tokens import sign
from tests.web.conftest import BASE

FORM = "/n/natverksbrevet/join"
NEW = "dora@example.org"


def stamp(age: int = 10) -> str:
    return sign("form", int(clock.now().timestamp()) - age)


def fill(address: str = NEW, **fields: str) -> dict[str, str]:
    return {"email": address, "stamp": stamp(), **fields}


def post(client: TestClient, **fields: str) -> Any:  # noqa: ANN401 - the client's own response
    return client.post(FORM, data=fill(**fields))


def look() -> None:
    with db.transaction() as session:
        look_at_asked(session, clock.now())


def notices(kind: str = "") -> list[Notice]:
    with db.transaction() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == kind if kind else Notice.id > 0)))


def told(notice: Notice, name: str) -> str:
    url: str = KINDS[notice.kind].tell(notice.values, clock.now())[name]
    return url.removeprefix(BASE)


def states(address: str, workspace_id: int) -> dict[int, str]:
    with db.reading() as session:
        found = find_by_address(session, workspace_id, address)
        if found is None:
            return {}
        rows = session.scalars(select(Subscription).where(Subscription.subscriber_id == found.id))
        return {row.list_id: row.state for row in rows}


def ask_and_get_link(client: TestClient, address: str = NEW, **fields: str) -> str:
    assert post(client, address=address, **fields).status_code == 303
    look()
    return told(notices("confirm_join")[-1], "confirm_url")


def ask_for(engine: Engine, **form: Any) -> None:  # noqa: ANN401 - fields of a JoinForm
    with db.transaction(engine) as session:
        values = JoinForm.model_validate(form).model_dump(mode="json")
        session.execute(update(Newsletter).where(Newsletter.slug == "natverksbrevet").values(join_form=values))
