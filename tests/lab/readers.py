"""The readers of a lab's dispatch. Who is to get it is worked out here, outside the product."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from mailer.subscribers.models import ACTIVE, Subscriber, Subscription
from mailer.tokens import hash_address
from tests.factories.newsletters import House, make_house

# Every mail must show its own reader's number, and links that no other reader's mail shows.
MARKS = r"[Rr]xq\d{6}|/[um]/[\w.~=-]+"
GONE, SLOW = "gone.example", "slow.example"


@dataclass(frozen=True)
class Person:
    """A reader: number from 1, row in the database, address."""

    number: int
    subscriber_id: int
    address: str


def make_people(session: Session, count: int, now: datetime) -> tuple[House, list[Person]]:
    """Make a workspace with an issue of some blocks and a list of `count` readers.

    Each fiftieth has an address of GONE and another one of SLOW, for rules that a relay has for some.
    """
    number = (session.scalar(select(func.max(Subscriber.id))) or 0) + 1
    house = make_house(session, f"lab{number}", blocks=_blocks())
    people = [Person(n, number + n, f"rxq{n:06d}@{_domain(n)}") for n in range(1, count + 1)]
    for first in range(0, count, 5000):
        part = people[first : first + 5000]
        session.execute(insert(Subscriber), [_subscriber(house.workspace.id, one, now) for one in part])
        session.execute(
            insert(Subscription),
            [
                {
                    "list_id": house.mailing_list.id,
                    "subscriber_id": one.subscriber_id,
                    "state": ACTIVE,
                    "started_at": now,
                }
                for one in part
            ],
        )
    return house, people


def _domain(number: int) -> str:
    return {0: GONE, 1: SLOW}.get(number % 50, "example.org")


def _subscriber(workspace_id: int, person: Person, now: datetime) -> dict[str, object]:
    return {
        "id": person.subscriber_id,
        "workspace_id": workspace_id,
        "address": person.address,
        "address_key": person.address,
        "address_hash": hash_address(person.address),
        "name": f"Rxq{person.number:06d} Läsare",
        "attributes": {},
        "created_at": now,
    }


def _blocks() -> list[dict[str, object]]:
    text = "<p>" + "Föreningen Viken bygger en brygga, lagar ett tak och bjuder in till samtal om bygden. " * 8 + "</p>"
    blocks: list[dict[str, object]] = [
        {"id": "hello", "type": "greeting", "v": 1, "data": {"template": "Hej {{fornamn|läsare}}!"}}
    ]
    return blocks + [
        {"id": f"b{n}", "type": "text", "v": 1, "data": {"heading": f"Rubrik {n}", "body": text}} for n in range(4)
    ]
