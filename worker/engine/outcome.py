"""What a relay's answer means: one table, read from the top, first match decides. Pure.

Codes are SMTP replies (RFC 5321 §4.2), classes and details enhanced status codes (RFC 3463, RFC 5248).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
TEXT_CHARACTERS, TEXT_OCTETS = 500, 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Stage(StrEnum):
    """Where in the conversation an answer came, or failed to come."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # the DATA command
    BODY = "body"  # the octets of the mail, before the final dot
    DOT = "dot"  # after the final dot has been written

    __hash__ = str.__hash__  # Enum's own is written in Python, and every mail looks its answer up


CONNECTING = frozenset({Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.TLS, Stage.AUTH})


class Answer(NamedTuple):
    """A reply at a stage. `code` 0: none came (lost connection, silence); `text` is the relay's, not to be trusted."""

    stage: Stage
    code: int = 0
    text: str = ""

    @classmethod
    def of(cls, stage: Stage, code: int, text: str | bytes) -> "Answer":
        """Return an answer with the relay's words made safe to store and show: bounded, one line, valid UTF-8."""
        octets = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        readable = octets[:TEXT_OCTETS].decode("utf-8", "replace")[:TEXT_CHARACTERS]
        return cls(stage, code, readable if readable.isprintable() else _CONTROL.sub(" ", readable))

    @property
    def enhanced(self) -> str:
        """The enhanced status code at the start of the text, such as `5.1.1`, or nothing."""
        match = _ENHANCED.match(self.text)
        return match[0] if match and match[1] == str(self.code)[:1] else ""


class Fate(StrEnum):
    """What becomes of the delivery."""

    SENT = "sent"
    AGAIN_NOW = "again now"  # nothing happened to it: offer it on another connection
    AGAIN_LATER = "again later"
    UNKNOWN = "unknown"  # perhaps taken: again later, with the same Message-ID, marked as maybe doubled
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """The meaning of an answer for the delivery, the connection, the relay and the dispatch."""

    fate: Fate
    reason: str = ""
    drop_connection: bool = False
    slow_down: bool = False
    hold_dispatch: bool = False


@dataclass(frozen=True)
class Rule:
    """A row of the table; an empty field matches anything. `codes` is a regular expression over the reply code."""

    stages: frozenset[Stage]
    codes: str
    enhanced: str
    verdict: Verdict


def _rule(stages: set[Stage], codes: str, verdict: Verdict, *, enhanced: str = "") -> Rule:
    return Rule(frozenset(stages), codes, enhanced, verdict)


_RCPT_ON = {Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT}

RULES: tuple[Rule, ...] = (
    _rule({Stage.DOT}, "2..", Verdict(Fate.SENT)),
    # RFC 5321 §4.5.3.2.6: the client must wait long here, since the relay may have taken the mail.
    _rule({Stage.DOT}, "0", Verdict(Fate.UNKNOWN, "no_answer", drop_connection=True)),
    _rule({Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY}, "0", Verdict(Fate.AGAIN_NOW, "connection_lost", True)),
    _rule(set(CONNECTING), "0", Verdict(Fate.AGAIN_NOW, "no_connection", drop_connection=True, slow_down=True)),
    # RFC 5321 §3.8: 421 closes the channel; it says nothing about the mail.
    _rule(set(), "421", Verdict(Fate.AGAIN_NOW, "relay_busy", drop_connection=True, slow_down=True)),
    _rule(set(CONNECTING), "4..", Verdict(Fate.AGAIN_NOW, "relay_busy", drop_connection=True, slow_down=True)),
    _rule(set(CONNECTING), "5..", Verdict(Fate.AGAIN_NOW, "relay_refuses", drop_connection=True, hold_dispatch=True)),
    _rule({Stage.MAIL}, "5..", Verdict(Fate.AGAIN_NOW, "sender_refused", hold_dispatch=True)),
    _rule(set(), "454", Verdict(Fate.AGAIN_LATER, "throttled", slow_down=True)),
    _rule(set(), "4..", Verdict(Fate.AGAIN_LATER, "throttled", slow_down=True), enhanced=r"4\.7\.\d+"),
    # Looks wrong, is right: a 552 to RCPT is to be read as 452, "too many recipients" (RFC 5321 §4.5.3.1.10), and
    # many servers use it for a full mailbox, which empties.
    _rule({Stage.RCPT, Stage.DATA}, "552", Verdict(Fate.AGAIN_LATER, "mailbox_full")),
    _rule({Stage.DOT}, "552", Verdict(Fate.AGAIN_LATER, "mailbox_full"), enhanced=r"5\.2\.2"),
    _rule(set(), "4..", Verdict(Fate.AGAIN_LATER, "mailbox_full"), enhanced=r"4\.2\.2"),
    _rule(set(), "4..", Verdict(Fate.AGAIN_LATER, "greylisted_or_busy")),
    # Only these say that the address is dead; a bare 550 may be a policy, a block or a full mailbox.
    _rule({Stage.RCPT, Stage.DOT}, "5..", Verdict(Fate.FAILED, "no_such_address"), enhanced=r"5\.1\.(1|2|10)"),
    # RFC 6531 §3.5, said by ourselves when the relay does not offer SMTPUTF8; nobody may rewrite the address.
    _rule({Stage.RCPT}, "553", Verdict(Fate.FAILED, "address_not_ascii"), enhanced=r"5\.6\.7"),
    _rule(_RCPT_ON, "5..", Verdict(Fate.FAILED, "content_refused"), enhanced=r"5\.[67]\.\d+"),
    _rule({Stage.RCPT}, "5..", Verdict(Fate.FAILED, "refused")),
    _rule({Stage.DATA, Stage.BODY, Stage.DOT}, "5..", Verdict(Fate.FAILED, "content_refused")),
    # Anything else (a 2xx or 3xx out of place, nonsense) is a relay that does not speak SMTP: not the reader's fault.
    _rule(set(), ".*", Verdict(Fate.AGAIN_LATER, "bad_answer", drop_connection=True, slow_down=True)),
)


def judge(answer: Answer) -> Verdict:
    """Return what an answer means."""
    return _look_up(answer.stage, answer.code, answer.enhanced if answer.text else "")


@lru_cache(maxsize=1024)
def _look_up(stage: Stage, code_number: int, enhanced: str) -> Verdict:
    code = str(code_number)
    for rule in RULES:
        if rule.stages and stage not in rule.stages:
            continue
        if re.fullmatch(rule.codes, code) and (not rule.enhanced or re.fullmatch(rule.enhanced, enhanced)):
            return rule.verdict
    raise AssertionError("the last rule matches everything")
