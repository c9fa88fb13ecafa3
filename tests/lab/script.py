"""What the sink answers instead of yes: by stage, and by share, count, recipient or domain of the recipient.

A script maps a stage to a function from the recipient to a reply, or None for the usual one. Stages: greeting, ehlo,
tls, auth, mail, rcpt, data, body (asked at the first octets of the mail), dot; and "lone dot", which makes DATA accept
a mail that nobody is to get, as RFC 2920 §3.1 warns. From a command line a rule is `STAGE [CONDITION …]: REPLY`:

    rcpt share=0.05 once: 450 4.2.0 greylisted
    dot after=500 first=10: take and cut
    mail domain=slow.example: wait=2
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

CUT = "cut"  # close without a word; at "dot" the mail has not been taken
SILENCE = "silence"  # never answer; at "dot" the mail has not been taken
TAKE_AND_CUT = "take and cut"  # at "dot": the mail counts as taken, and the connection closes without an answer
TAKE_AND_SILENCE = "take and silence"
WAIT = "wait="  # `wait=SECONDS` answers as usual, later

Script = Mapping[str, Callable[[str], str | None]]

STAGES = frozenset({"greeting", "ehlo", "tls", "auth", "mail", "rcpt", "data", "body", "dot", "lone dot"})


@dataclass
class Rule:
    """One line of a script. Conditions: all must hold; `after` and `first` count how often the others held."""

    stage: str
    reply: str
    share: float = 1.0
    after: int = 0  # so many asks go by first
    first: int | None = None  # so many times, then never more
    once: bool = False  # at most once a recipient
    to: str = ""  # part of the recipient
    domain: str = ""
    _asked: int = 0
    _met: set[str] = field(default_factory=set)
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    def answer(self, recipient: str) -> str | None:
        """Return the reply for this ask, or None when a condition does not hold."""
        if self.to not in recipient or (self.domain and recipient.rpartition("@")[2] != self.domain):
            return None
        if self.share < 1 and self._chance.random() >= self.share:
            return None
        if self.once and recipient in self._met:
            return None
        self._asked += 1
        if self._asked <= self.after or (self.first is not None and self._asked > self.after + self.first):
            return None
        if self.once:
            self._met.add(recipient)
        return self.reply


def parse_rule(text: str) -> Rule:
    """Return the rule of a line; ValueError says what is wrong with it."""
    head, colon, reply = text.partition(":")
    words = head.replace("lone dot", "lone_dot", 1).split()
    stage = words[0].replace("_", " ") if words else ""
    if stage not in STAGES or not colon:
        raise ValueError(f"{text!r} is not STAGE [CONDITION …]: REPLY; stages are {', '.join(sorted(STAGES))}")
    rule = Rule(stage, reply.strip().encode().decode("unicode_escape"))
    for word in words[1:]:
        name, _, value = word.partition("=")
        match name:
            case "share":
                rule.share = float(value)
            case "after" | "first":
                setattr(rule, name, int(value))
            case "to" | "domain":
                setattr(rule, name, value)
            case "once":
                rule.once = True
            case _:
                raise ValueError(f"{word!r} is no condition: share=, after=, first=, once, to=, domain=")
    return rule


class Rules:
    """A script made of rules, to which more may be added while it runs; the first one that answers wins."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._rules = [parse_rule(line) for line in lines]

    def add(self, line: str) -> None:
        self._rules.append(parse_rule(line))

    def clear(self) -> None:
        self._rules.clear()

    def script(self) -> Script:
        return {stage: self._asker(stage) for stage in {rule.stage for rule in self._rules}}

    def _asker(self, stage: str) -> Callable[[str], str | None]:
        rules = [rule for rule in self._rules if rule.stage == stage]
        return lambda recipient: next((reply for rule in rules if (reply := rule.answer(recipient)) is not None), None)
