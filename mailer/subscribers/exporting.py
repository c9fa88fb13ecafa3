"""Export of a list as CSV that spreadsheets open safely and our own import reads back without a loss."""

import csv
from typing import TextIO

from sqlalchemy.orm import Session

from mailer.subscribers.importing.cells import guard
from mailer.subscribers.models import Subscriber
from mailer.subscribers.queries import iter_subscribers

COLUMNS = ("email", "name", "organisation", "language")


def export_list(session: Session, list_id: int, state: str, file: TextIO, *, delimiter: str = ",") -> int:
    """Write everybody whose subscription is in `state`; return how many. Reads the list twice, in constant memory.

    One state a file, so that nobody who left comes onto another list with those who did not.
    """
    attributes = sorted({name for one in iter_subscribers(session, list_id, state) for name in one.attributes})
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow([*COLUMNS, *map(guard, attributes)])
    count = 0
    for subscriber in iter_subscribers(session, list_id, state):
        writer.writerow(map(guard, _cells(subscriber, attributes)))
        count += 1
    return count


def _cells(subscriber: Subscriber, attributes: list[str]) -> list[str]:
    return [
        subscriber.address,
        subscriber.name,
        subscriber.organisation,
        subscriber.language,
        *(str(subscriber.attributes.get(name, "")) for name in attributes),
    ]
