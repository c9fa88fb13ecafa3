"""Everything we keep of a subscriber, as JSON and as CSV (GDPR art. 15 and 20)."""

import csv
import io
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.lists.models import MailingList
from mailer.subscribers.consent import list_consents
from mailer.subscribers.importing.cells import guard
from mailer.subscribers.models import ConsentText, Subscriber, Subscription


def collect_data(session: Session, subscriber: Subscriber) -> dict[str, Any]:
    """Return the data as JSON values; moments in ISO 8601, UTC."""
    lists = select(MailingList.id, MailingList.name).where(MailingList.workspace_id == subscriber.workspace_id)
    names = {row[0]: row[1] for row in session.execute(lists)}
    places = session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber.id))
    return {
        "email": subscriber.address,
        "name": subscriber.name,
        "organisation": subscriber.organisation,
        "language": subscriber.language,
        "since": subscriber.created_at.isoformat(),
        "answers": dict(subscriber.attributes),
        "lists": [
            {
                "list": names.get(one.list_id, ""),
                "state": one.state,
                "since": one.started_at.isoformat(),
                "paused_until": one.paused_until.isoformat() if one.paused_until else None,
                "ended": one.ended_at.isoformat() if one.ended_at else None,
            }
            for one in places
        ],
        "consents": [
            {
                "list": names.get(one.list_id, ""),
                "verb": one.verb,
                "through": one.source,
                "at": one.at.isoformat(),
                "text": _text(session, subscriber.workspace_id, one.text_version),
            }
            for one in list_consents(session, subscriber)
        ],
    }


def write_json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def write_csv(data: dict[str, Any]) -> str:
    """Return the data as lines of what, name and value, which a spreadsheet opens without running anything."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["what", "name", "value"])
    for name, value in data.items():
        if isinstance(value, dict):
            rows = [(name, key, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            rows = [(f"{name} {n}", key, inner) for n, row in enumerate(value, 1) for key, inner in row.items()]
        else:
            rows = [("person", name, value)]
        writer.writerows([guard(str("" if cell is None else cell)) for cell in row] for row in rows)
    return file.getvalue()


def _text(session: Session, workspace_id: int, version: str) -> str:
    text = session.get(ConsentText, (workspace_id, version)) if version else None
    return text.text if text else ""
