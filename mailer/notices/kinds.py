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


def _tell_confirm_join(values: Values, now: datetime) -> dict[str, Any]:
    token = sign("confirm", values["request"], values["newsletter"], minutes_of(now))
    return {"confirm_url": links.confirm_url(token), "lists": values["lists"]}


def _tell_already_joined(values: Values, _now: datetime) -> dict[str, Any]:
    return {"min_url": links.min_url(values["newsletter_slug"]), "lists": values["lists"]}


def _tell_welcome(values: Values, _now: datetime) -> dict[str, Any]:
    slug = values["newsletter_slug"]
    told = {"lists": values["lists"], "words": values["words"]}
    return {"archive_url": links.archive_url(slug), "min_url": links.min_url(slug), **told}


def _tell_confirm_address(values: Values, _now: datetime) -> dict[str, Any]:
    return {"address_url": links.address_url(sign("address", values["change"]))}


def _tell_nothing(_values: Values, _now: datetime) -> dict[str, Any]:
    return {}


def _tell_left(values: Values, _now: datetime) -> dict[str, Any]:
    token = sign("undo", values["subscriber"], values["generation"], values["second"])
    return {"undo_url": links.undo_url(token), "lists": values["lists"]}


def _tell_ask_leave(values: Values, _now: datetime) -> dict[str, Any]:
    return {"min_url": links.min_url(values["newsletter_slug"])}


def _tell_sign_in_link(values: Values, _now: datetime) -> dict[str, Any]:
    return {"sign_in_url": links.sign_in_url(sign("sign_in", values["number"]))}


def _tell_invitation(values: Values, _now: datetime) -> dict[str, Any]:
    url = links.invitation_url(sign("invite", values["number"]))
    return {"invitation_url": url, "workspace": values["workspace"], "by": values["by"], "role": values["role"]}


def _tell_confirm_tip(values: Values, _now: datetime) -> dict[str, Any]:
    return {"tip_url": links.tip_url(values["sealed"]), "issue_subject": values["subject"]}


def _tell_tip(values: Values, _now: datetime) -> dict[str, Any]:
    told = {name: values[name] for name in ("name", "tipper", "message")}
    block = sign("block", values["workspace"], *(int(half) for half in values["hash"]))
    issue_url = f"{links.issue_url(values['newsletter_slug'], values['number'])}?via=tip"
    return told | {"issue_subject": values["subject"], "issue_url": issue_url, "block_url": links.block_url(block)}


def _tell_alarm(values: Values, _now: datetime) -> dict[str, Any]:
    return dict(values)


def _tell_password_changed(_values: Values, _now: datetime) -> dict[str, Any]:
    return {"sign_in_page": links.absolute("/sign-in")}


KINDS: dict[str, Kind] = {
    "confirm_join": Kind(_tell_confirm_join, {"request": 7, "newsletter": 1, "lists": ["Nyhetsbrevet"]}),
    "already_joined": Kind(_tell_already_joined, {"newsletter_slug": "viken", "lists": ["Nyhetsbrevet", "Parter"]}),
    "welcome": Kind(
        _tell_welcome, {"newsletter_slug": "viken", "lists": ["Nyhetsbrevet"], "words": ["Vi ses på bryggan."]}
    ),
    "confirm_address": Kind(_tell_confirm_address, {"change": 7}, timedelta(hours=12)),
    "address_changed": Kind(_tell_nothing, {}),
    "left": Kind(_tell_left, {"subscriber": 7, "generation": 0, "second": 1_700_000_000, "lists": ["Nyhetsbrevet"]}),
    "ask_leave": Kind(_tell_ask_leave, {"newsletter_slug": "viken"}),
    "sign_in_link": Kind(_tell_sign_in_link, {"number": 7}, timedelta(hours=12)),
    "invitation": Kind(
        _tell_invitation, {"number": 7, "workspace": "Föreningen Viken", "by": "Alice", "role": "editor"}
    ),
    "confirm_tip": Kind(_tell_confirm_tip, {"sealed": "c2VhbGVk", "subject": "Nyheter"}, timedelta(hours=12)),
    "tip": Kind(
        _tell_tip,
        {
            "name": "Anna Berg",
            "tipper": "anna@example.org",
            "message": "Läs om mötet!",
            "subject": "Nyheter och möten",
            "newsletter_slug": "viken",
            "number": "2016-1",
            "workspace": 1,
            "hash": ["1", "2"],
        },
    ),
    "alarm": Kind(_tell_alarm, {"what": "tips", "name": "Nätverksbrevet"}),
    "password_changed": Kind(_tell_password_changed, {}),
    "manage_link": Kind(_tell_manage_link, {"subscriber": 7, "generation": 0}, timedelta(hours=12)),
}
