"""What a block is called in the list of an issue's blocks."""

import pytest

from mailer.blocks.registry import BY_NAME, KINDS
from mailer.blocks.summary import summarise


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("text", {"heading": "Hej", "body": "<p>Ett</p>"}, "Hej"),
        ("text", {"body": "<p>Ett stycke.</p><p>Ett till &amp; mer.</p>"}, "Ett stycke. Ett till & mer."),
        ("text", {"body": "<p>Hej {{fornamn|läsare}} och {{x}}!</p>"}, "Hej läsare och {{x}}!"),
        ("greeting", {"template": "Hej {{fornamn|}}!"}, "Hej …!"),
        ("button", {"label": "Anmäl dig", "url": "https://example.org/"}, "Anmäl dig"),
        ("toc", {}, ""),
        ("divider", {}, ""),
        ("saved", {"saved": "arbetsgrupper"}, ""),
    ],
)
def test_a_block_is_called_by_its_heading_or_its_first_words(kind: str, data: dict[str, str], words: str) -> None:
    assert summarise(BY_NAME[kind].model_validate(data)) == words


def test_every_kind_with_words_has_a_name_on_one_line() -> None:
    for kind in KINDS:
        told = [summarise(kind.model_validate(example)) for example in kind.EXAMPLES]
        assert all("\n" not in one and "<" not in one for one in told), kind.NAME
        assert any(told) or kind.NAME in {"saved", "divider"}, kind.NAME
