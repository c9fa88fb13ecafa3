"""The table of what a relay's answer means, read as the same table."""

import pytest

from worker.engine.outcome import RULES, Answer, Fate, Stage, judge

D, H, S = "drops the connection", "holds the dispatch", "slows down"

TABLE = [
    # stage, code, text → fate, reason, side effects
    (Stage.DOT, 250, "2.0.0 taken", Fate.SENT, "", ()),
    (Stage.DOT, 0, "", Fate.UNKNOWN, "no_answer", (D,)),
    (Stage.MAIL, 0, "", Fate.AGAIN_NOW, "connection_lost", (D,)),
    (Stage.RCPT, 0, "", Fate.AGAIN_NOW, "connection_lost", (D,)),
    (Stage.DATA, 0, "", Fate.AGAIN_NOW, "connection_lost", (D,)),
    (Stage.BODY, 0, "", Fate.AGAIN_NOW, "connection_lost", (D,)),
    (Stage.CONNECT, 0, "refused", Fate.AGAIN_NOW, "no_connection", (D, S)),
    (Stage.TLS, 0, "certificate verify failed", Fate.AGAIN_NOW, "no_connection", (D, S)),
    (Stage.GREETING, 421, "busy", Fate.AGAIN_NOW, "relay_busy", (D, S)),
    (Stage.RCPT, 421, "4.7.0 too many", Fate.AGAIN_NOW, "relay_busy", (D, S)),
    (Stage.DOT, 421, "shutting down", Fate.AGAIN_NOW, "relay_busy", (D, S)),
    (Stage.EHLO, 451, "later", Fate.AGAIN_NOW, "relay_busy", (D, S)),
    (Stage.GREETING, 554, "no service", Fate.AGAIN_NOW, "relay_refuses", (D, H)),
    (Stage.EHLO, 550, "who are you", Fate.AGAIN_NOW, "relay_refuses", (D, H)),
    (Stage.AUTH, 535, "5.7.8 bad password", Fate.AGAIN_NOW, "relay_refuses", (D, H)),
    (Stage.MAIL, 550, "5.7.1 not allowed", Fate.AGAIN_NOW, "sender_refused", (H,)),
    (Stage.MAIL, 451, "4.3.0 later", Fate.AGAIN_LATER, "greylisted_or_busy", ()),
    (Stage.RCPT, 450, "4.2.0 greylisted", Fate.AGAIN_LATER, "greylisted_or_busy", ()),
    (Stage.RCPT, 452, "4.5.3 too many recipients", Fate.AGAIN_LATER, "greylisted_or_busy", ()),
    (Stage.RCPT, 452, "4.2.2 mailbox full", Fate.AGAIN_LATER, "mailbox_full", ()),
    (Stage.RCPT, 552, "5.2.2 mailbox full", Fate.AGAIN_LATER, "mailbox_full", ()),
    (Stage.DOT, 552, "5.2.2 mailbox full", Fate.AGAIN_LATER, "mailbox_full", ()),
    (Stage.DOT, 552, "5.3.4 too big", Fate.FAILED, "content_refused", ()),
    (Stage.RCPT, 454, "4.7.1 slow down", Fate.AGAIN_LATER, "throttled", (S,)),
    (Stage.DOT, 451, "4.7.28 rate limited", Fate.AGAIN_LATER, "throttled", (S,)),
    (Stage.DATA, 451, "local error", Fate.AGAIN_LATER, "greylisted_or_busy", ()),
    (Stage.RCPT, 550, "5.1.1 no such user", Fate.FAILED, "no_such_address", ()),
    (Stage.RCPT, 550, "5.1.2 no such domain", Fate.FAILED, "no_such_address", ()),
    (Stage.RCPT, 550, "5.1.10 null mx", Fate.FAILED, "no_such_address", ()),
    (Stage.DOT, 550, "5.1.1 no such user", Fate.FAILED, "no_such_address", ()),
    (Stage.RCPT, 550, "no such user, says an old server", Fate.FAILED, "refused", ()),
    (Stage.RCPT, 553, "5.6.7 not ascii", Fate.FAILED, "address_not_ascii", ()),
    (Stage.RCPT, 554, "5.7.1 blocked", Fate.FAILED, "content_refused", ()),
    (Stage.DATA, 554, "no", Fate.FAILED, "content_refused", ()),
    (Stage.DOT, 554, "5.6.0 bad content", Fate.FAILED, "content_refused", ()),
    (Stage.RCPT, 299, "", Fate.AGAIN_LATER, "bad_answer", (D, S)),
    (Stage.DATA, 250, "ok?", Fate.AGAIN_LATER, "bad_answer", (D, S)),
    (Stage.MAIL, 999, "nonsense", Fate.AGAIN_LATER, "bad_answer", (D, S)),
]


@pytest.mark.parametrize(("stage", "code", "text", "fate", "reason", "effects"), TABLE)
def test_answer_means(stage: Stage, code: int, text: str, fate: Fate, reason: str, effects: tuple[str, ...]) -> None:
    verdict = judge(Answer(stage, code, text))
    assert (verdict.fate, verdict.reason) == (fate, reason)
    found = {D: verdict.drop_connection, H: verdict.hold_dispatch, S: verdict.slow_down}
    assert {effect for effect, is_set in found.items() if is_set} == set(effects)


def test_every_rule_is_shown_by_a_row_of_the_table() -> None:
    used = {judge(Answer(stage, code, text)) for stage, code, text, *_ in TABLE}
    assert {rule.verdict for rule in RULES} == used


def test_every_answer_at_every_stage_has_a_meaning_and_only_a_2xx_after_the_dot_is_sent() -> None:
    for stage in Stage:
        for code in (0, *range(200, 600), 999):
            is_sent = judge(Answer(stage, code, "")).fate is Fate.SENT
            assert is_sent == (stage is Stage.DOT and 200 <= code < 300)


def test_an_enhanced_code_of_another_class_than_the_reply_counts_for_nothing() -> None:
    assert judge(Answer(Stage.RCPT, 450, "5.1.1 odd")).fate is Fate.AGAIN_LATER
