"""Faults: what a relay answers, or does not answer, at each stage of the conversation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select

from mailer.db import reading
from mailer.deliveries.states import State
from mailer.subscribers.models import Suppression
from tests.lab.fault import Act, Fault
from tests.lab.measure import Told
from tests.lab.readers import GONE
from tests.lab.sending import Sending

_CONNECTING = ("greeting", "ehlo", "tls", "auth")
_HOW_OFTEN = 10
_RECONNECT = "mail first=60: cut"  # so that connecting is done anew; before the dot, it is safe


def _later(rules: tuple[str, ...], *, may_double: bool = False) -> Act:
    """Everybody gets it in the end. Only an answer withheld after the mail was taken may double one."""

    def act(sending: Sending, told: Told) -> None:
        told.in_flight = _HOW_OFTEN if may_double else 0
        for rule in rules:
            sending.sink.add_rule(rule)

    return act


def _refused(*rules: str) -> Act:
    """Whoever the relay refuses for good is recorded as failed, and nobody else."""

    def act(sending: Sending, told: Told) -> None:
        told.excused = {person.address for person in sending.people if person.address.endswith(GONE)}
        for rule in rules:
            sending.sink.add_rule(rule)
        state = sending.wait_for_state({"finished", "held"})
        failed = sending.count_states().get(State.FAILED, 0)
        reached = {line.recipient for line in sending.sink.list_lines()}
        if state != "finished" or failed != len(told.excused - reached):
            told.complaints.append(f"{state}, {failed} failed instead of {len(told.excused - reached)}")

    return act


def _held(*rules: str, fails_some: bool = False) -> Act:
    """The relay refuses us, or everybody: the dispatch is held, nobody is suppressed, and a person lets it go on."""

    def act(sending: Sending, told: Told) -> None:
        for rule in rules:
            sending.sink.add_rule(rule)
        state = sending.wait_for_state({"finished", "held"}, 60)
        if state != "held":
            told.complaints.append(f"{state} instead of held")
        sending.wait_until_unclaimed()
        failed = _list_failed(sending)
        if failed and not fails_some:
            told.complaints.append(f"{len(failed)} readers failed although the relay refused us")
        if _count_suppressed(sending):
            told.complaints.append("readers were suppressed")
        told.excused = failed
        sending.sink.clear_rules()
        told.healed_at = datetime.now(UTC).timestamp()
        if state == "held":
            sending.resume()

    return act


def _list_failed(sending: Sending) -> set[str]:
    failed = sending.list_subscribers(State.FAILED)
    return {person.address for person in sending.people if person.subscriber_id in failed}


def _count_suppressed(sending: Sending) -> int:
    with reading() as session:
        wanted = select(func.count()).where(Suppression.workspace_id == sending.house.workspace.id)
        return session.scalar(wanted) or 0


def _at(stage: str, reply: str, conditions: str = f"first={_HOW_OFTEN}") -> tuple[str, ...]:
    rule = f"{stage} {conditions}: {reply}"
    return (rule, _RECONNECT) if stage in _CONNECTING else (rule,)


def _make(stage: str, reply: str, expect: Callable[..., Act], conditions: str, about: str, **more: bool) -> Fault:
    word = reply.partition(" ")[0] if reply[0].isdigit() else reply.replace(" ", "-")
    detail = reply.split(" ")[1].replace(".", "") if reply[0].isdigit() else ""
    name = "-".join(part for part in (stage, word, detail) if part)
    rules = _at(stage, reply, conditions)
    act = expect(rules, **more) if expect is _later else expect(*rules, **more)
    return Fault(name, about.format(stage=stage.upper(), reply=reply), act, tls=stage in {"tls", "auth"})


_LATER = {
    "greeting": ("421 4.3.2 busy", "454 4.7.0 later"),
    "ehlo": ("421 4.3.2 busy", "451 4.3.0 later"),
    "tls": ("454 4.7.0 not now",),
    "auth": ("454 4.7.0 not now", "421 4.3.2 busy"),
    "mail": ("421 4.3.2 busy", "451 4.3.0 later", "452 4.3.1 full", "454 4.7.1 throttled"),
    "rcpt": (
        *("421 4.3.2 busy", "450 4.2.0 greylisted", "451 4.7.1 throttled", "452 4.5.3 too many"),
        *("454 4.7.1 throttled", "552 5.2.2 mailbox full"),
    ),
    "data": ("421 4.3.2 busy", "451 4.3.0 later", "454 4.7.1 throttled", "552 5.2.2 mailbox full"),
    "dot": (
        *("421 4.3.2 busy", "451 4.3.0 later", "452 4.3.1 full", "454 4.7.1 throttled"),
        "552 5.2.2 mailbox full",
    ),
}
_REFUSED = {
    "rcpt": ("550 5.1.1 no such user", "550 no", "553 5.1.3 bad address", "550 5.7.1 not you"),
    "data": ("554 5.6.0 no",),
    "dot": ("554 5.6.0 no", "552 5.3.4 too large", "550 5.1.1 no such user"),
}
_HELD = {
    "greeting": ("554 5.7.1 go away",),
    "ehlo": ("550 5.7.1 go away",),
    "auth": ("535 5.7.8 wrong password",),
    "mail": ("550 5.7.1 sender refused", "553 5.1.8 bad sender"),
}
_HELD_AFTER_SOME = {"rcpt": ("550 5.1.1 no such user",), "dot": ("554 5.7.1 spam",)}
_LOST = ("greeting", "ehlo", "tls", "auth", "mail", "rcpt", "data", "body", "dot")


def _all() -> list[Fault]:
    some, few, always = f"first={_HOW_OFTEN}", "first=4", ""
    made = [_make(stage, one, _later, some, "{reply} at {stage}") for stage, all_ in _LATER.items() for one in all_]
    gone = f"domain={GONE}"
    about = "{reply} at {stage} for one domain"
    made += [_make(stage, one, _refused, gone, about) for stage, all_ in _REFUSED.items() for one in all_]
    about = "{reply} at {stage} for everybody, then healed"
    made += [_make(stage, one, _held, always, about) for stage, all_ in _HELD.items() for one in all_]
    for stage, replies in _HELD_AFTER_SOME.items():
        made += [
            Fault(
                f"{stage}-{one[:3]}-all",
                about.format(reply=one, stage=stage.upper()),
                _held(*_at(stage, one, ""), fails_some=True),
                shares=(0.1, 0.5),  # the last 5 % are not more than 5 %, and gone within the second that is looked at
            )
            for one in replies
        ]
    made += [_make(stage, "cut", _later, some, "connection cut at {stage}, mail not taken") for stage in _LOST]
    made += [_make(stage, "silence", _later, few, "silence at {stage}") for stage in _LOST]
    about = "connection cut after the dot, mail taken"
    made += [_make("dot", "take and cut", _later, some, about, may_double=True)]
    about = "silence after the dot, mail taken"
    made += [_make("dot", "take and silence", _later, few, about, may_double=True)]
    about = "the answer to the dot comes after we have ceased to wait for it"
    made += [Fault("dot-late", about, _later(_at("dot", "wait=5", few), may_double=True))]
    return made


_QUICK_LATER = (
    *("greeting first=3: 421 4.3.2 busy", "ehlo first=3: 451 4.3.0 later", "mail first=5: 451 4.3.0 later"),
    *("rcpt first=5: 450 4.2.0 greylisted", "data first=5: 451 4.3.0 later", "dot first=5: 452 4.3.1 full"),
    *("rcpt first=2: 421 4.3.2 busy", "rcpt first=5: 552 5.2.2 mailbox full"),
)
_QUICK_REFUSED = (
    f"rcpt first=4 domain={GONE}: 550 5.1.1 no such user",
    f"data first=2 domain={GONE}: 554 5.6.0 no",
    f"dot domain={GONE}: 554 5.6.0 no",
)
_QUICK = {"dot-cut", "dot-take-and-cut", "mail-550-571"}

FAULTS = [
    Fault(
        "answers-4xx",
        "4xx at each stage for some, one dispatch",
        _later((*_QUICK_LATER, "mail after=5 first=5: cut")),
        quick=True,
    ),
    Fault(
        "answers-5xx", "5xx at RCPT, DATA and dot for one domain, one dispatch", _refused(*_QUICK_REFUSED), quick=True
    ),
    *(replace(one, quick=one.name in _QUICK) for one in _all()),
]
