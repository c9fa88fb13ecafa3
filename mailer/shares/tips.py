"""A tip as a reader typed it: checked, and sealed into the link that the reader is mailed.

Nothing of it is stored (case E10): the link itself carries the tip, readable by nobody but us, for a day.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from mailer.errors import InvalidError, NotFoundError, Problem
from mailer.i18n import mark
from mailer.mime.address import parse_address
from mailer.tokens import minutes_of, seal, unseal

LIFE = timedelta(hours=24)
LONGEST_MESSAGE, LONGEST_NAME = 300, 80
_LINK = re.compile(r"//|www\.|mailto:|@|\b[\w-]+\.(?:[a-z]{2,})\b", re.IGNORECASE)

NO_ADDRESS = mark("Write an email address, one only")
NO_NAME = mark("Write your name, in at most 80 characters")
NO_LINKS = mark("Write without links and addresses; the link to the newsletter is there already")
MESSAGE_LONG = mark("At most 300 characters")
BAD_SIGNS = mark("Write letters, digits and punctuation only")


@dataclass(frozen=True)
class TypedTip:
    """What a reader typed, cleaned and checked: addresses as they are sent to, a name of one line, a plain message."""

    issue_id: int
    tipper: str
    name: str
    colleague: str
    message: str
    language: str


def check_tip(issue_id: int, *, tipper: str, name: str, colleague: str, message: str, language: str) -> TypedTip:
    """Return the tip; InvalidError with a problem for each field (cases E1, E3, E4)."""
    problems = []
    addresses = {}
    for field, typed in (("tipper", tipper), ("colleague", colleague)):
        try:
            addresses[field] = parse_address(typed.strip()).address
        except ValueError:
            problems.append(Problem(NO_ADDRESS, field=field))
    if not name.strip() or len(name) > LONGEST_NAME:
        problems.append(Problem(NO_NAME, field="name"))
    message = message.replace("\r\n", "\n").strip()
    if len(message) > LONGEST_MESSAGE:
        problems.append(Problem(MESSAGE_LONG, field="message"))
    for field, typed in (("name", name), ("message", message)):
        if not typed.replace("\n", "" if field == "message" else "\n").isprintable():
            problems.append(Problem(BAD_SIGNS, field=field))
        elif _LINK.search(typed):
            problems.append(Problem(NO_LINKS, field=field))
    if problems:
        raise InvalidError(problems)
    return TypedTip(issue_id, addresses["tipper"], " ".join(name.split()), addresses["colleague"], message, language)


def seal_tip(tip: TypedTip, now: datetime) -> str:
    """Return a tip as URL-safe text that nobody else can read or make; it tells when it was made."""
    return seal(json.dumps([minutes_of(now), *asdict(tip).values()], ensure_ascii=False)).decode()


def open_tip(sealed: str, now: datetime) -> TypedTip:
    """Return what `seal_tip` hid; NotFoundError when it is not ours, or older than a day."""
    minutes, *fields = json.loads(unseal(sealed.encode()))
    if minutes < minutes_of(now - LIFE):
        raise NotFoundError("the link is too old")
    return TypedTip(*fields)
