"""Merge fields in running text: each reader's own in the mail, what stands for them on the web, text where none is."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import Engine

from mailer.blocks.calendar import Source, write_calendar
from mailer.db import transaction
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import load_content
from mailer.deliveries.personalise import Personaliser
from mailer.deliveries.start import plan_dispatch
from mailer.issues.document import parse_document
from tests.blocks.stage import compose
from tests.factories.newsletters import NOON, make_document, make_house
from tests.factories.subscribers import make_readers

NOW = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
BODY = (
    "<p>{{fornamn|}} Välkommen {{fornamn|}}! Hej <strong>{{ Förnamn | du &amp; du }}</strong> "
    "på {{organisation|jobbet}}."
    ' <a href="https://example.org/%7B%7Bfornamn%7C%7D%7D">Läs</a> {{namn|x}} {{fornamn}} {{7*7}}</p>'
)
BLOCKS = [
    {"id": "hello", "type": "greeting", "v": 1, "data": {"template": "Hej {{fornamn|}}!"}},
    {"id": "body", "type": "text", "v": 1, "data": {"body": BODY}},
]


def read(octets: bytes, kind: str) -> str:
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body((kind,))
    assert body
    return " ".join(str(body.get_content()).split())


def make_mails(engine: Engine) -> tuple[bytes, bytes]:
    """Return the mails of a reader who has told everything, and of one who has told nothing."""
    with transaction(engine) as session:
        house = make_house(session, blocks=BLOCKS)
        make_readers(session, house.mailing_list, 1)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        personaliser = Personaliser(load_content(session, dispatch.id))
    anna = Reader(1, 101, "anna@example.org", "Anna <b> Öberg", "Å & Ö", 0, "1", 0)
    nobody = Reader(2, 102, "x@example.org", "", "", 0, "1", 0)
    return personaliser.make(anna, NOW).octets, personaliser.make(nobody, NOW).octets


def test_each_reader_gets_their_own_names_in_both_parts(engine: Engine) -> None:
    anna, nobody = make_mails(engine)
    assert "Anna Välkommen Anna! Hej Anna på Å & Ö. Läs (https" in read(anna, "plain")
    assert "Anna Välkommen Anna! Hej <strong>Anna</strong> på Å &amp; Ö." in read(anna, "html")
    assert "Hej! Välkommen! Hej du & du på jobbet." in read(nobody, "plain")
    assert "Välkommen! Hej <strong>du &amp; du</strong> på jobbet." in read(nobody, "html")
    for part in ("plain", "html"):
        assert "{{namn|x}} {{fornamn}} {{7*7}}" in read(anna, part)
        assert "slot" not in read(anna, part)


def test_the_web_says_what_stands_for_a_name() -> None:
    composed = compose(parse_document(make_document(blocks=BLOCKS)))
    assert "Hej <strong>du &amp; du</strong> på jobbet." in composed.web
    assert "slot" not in composed.web


def test_more_than_a_hundred_fields_stay_apart() -> None:
    body = "".join(f"<p>{{{{fornamn|ersättning{number}}}}}</p>" for number in range(150))
    composed = compose(parse_document(make_document(blocks=[{"type": "text", "data": {"body": body}}])))
    sentinels = [slot.sentinel for slot in composed.slots]
    assert len(sentinels) == 152
    assert not [one for one in sentinels for other in sentinels if one != other and other.startswith(one)]


def test_a_calendar_says_what_stands_for_a_name() -> None:
    data = {
        "heading": "Möte",
        "start": "2026-12-06T12:00",
        "place": "Viken",
        "body": "<p>Hej {{fornamn|du &amp; du}}</p>",
    }
    event = {"id": "mote", "type": "event", "data": data}
    [block] = parse_document(make_document(blocks=[event])).blocks
    written = write_calendar(block.data, Source("mote@example.org", "https://example.org/", "Viken", "sv", NOW))
    assert b"Hej du & du" in written
