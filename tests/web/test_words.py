"""Every sentence of the pages exists in Swedish; every reason the engine knows has words."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from mailer.i18n import LOCALE_FOLDER
from mailer.web.words import dispatch_words, reason_words, state_words
from tests.web.messages import iter_messages
from worker.engine.outcome import RULES

Message = object  # a msgid, or the forms of a plural; and what stands for them


def test_every_sentence_is_translated() -> None:
    known = {
        key
        for path in (LOCALE_FOLDER / "sv").glob("*.po")
        for key, strings in _iter_translations(path)
        if all(strings if isinstance(strings, (list, tuple)) else [strings])
    }
    assert set(iter_messages()) - known == set()


def test_every_reason_of_the_engine_has_words() -> None:
    codes = {rule.verdict.reason for rule in RULES if rule.verdict.reason}
    assert codes <= set(reason_words("sv"))


def test_states_are_told_by_word_and_icon() -> None:
    for words in (state_words("sv"), dispatch_words("sv")):
        assert all(word.label and word.icon for word in words.values())
        assert len({word.label for word in words.values()}) == len(words)


def test_no_sentence_is_translated_in_two_ways() -> None:
    seen: dict[Message, Message] = {}
    for path in sorted((LOCALE_FOLDER / "sv").glob("*.po")):
        for key, strings in _iter_translations(path):
            assert seen.setdefault(key, strings) == strings, (path.name, key)


def _iter_translations(path: Path) -> Iterator[tuple[Message, Message]]:
    with path.open("rb") as handle:
        for message in read_po(handle, locale="sv"):
            if message.id:
                yield message.id if isinstance(message.id, str) else tuple(message.id), message.string
