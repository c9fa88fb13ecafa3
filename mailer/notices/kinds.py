"""The kinds of notices: what the templates of `templates/mail/<kind>/` are told, tokens included.

Tokens are made at the last moment, so that no row holds one.

A kind is a folder with `subject.txt`, `body.txt` and `body.mjml`, and an entry in KINDS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailer import links
from mailer.tokens import minutes_of, sign

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """`tell` turns the values of a row, at `now`, into names for the templates; `example` are values for tests.

    A notice that could not go out within `lifetime` is of no more use and fails.
    """

    tell: Callable[[Values, datetime], dict[str, Any]]
    example: Values
    lifetime: timedelta = timedelta(days=2)


def _tell_manage_link(values: Values, now: datetime) -> dict[str, Any]:
    token = sign("own", values["subscriber"], values["generation"], minutes_of(now))
    return {"own_url": links.own_url(token)}


KINDS: dict[str, Kind] = {
    "manage_link": Kind(_tell_manage_link, {"subscriber": 7, "generation": 0}, timedelta(hours=12)),
}
