"""Forms of blocks: every field of every kind has a control and a label, and what a form holds comes back the same."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.blocks.controls import Control, list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.labels import CHOICES, FIELDS, OF_KIND, choice_label, label
from mailer.blocks.lines import has_braces_in_lines
from mailer.blocks.registry import BY_NAME, KINDS
from mailer.blocks.typed import collect, count_rows, flatten


def walk(controls: tuple[Control, ...]) -> Iterator[Control]:
    for control in controls:
        yield control
        yield from walk(control.inner)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_every_field_has_a_control_a_label_and_words_for_its_choices(kind: type[BlockData]) -> None:
    controls = list_controls(kind)
    assert [one.name for one in controls] == list(kind.model_fields)
    for control in walk(controls):
        assert label(kind, control.name)
        assert all(choice_label(choice) for choice in control.choices)


def test_no_label_is_without_a_field() -> None:
    used = {control.name for kind in KINDS for control in walk(list_controls(kind))}
    assert FIELDS.keys() - {"alt"} <= used
    assert {name for _, name in OF_KIND} <= used
    choices = {choice for kind in KINDS for control in walk(list_controls(kind)) for choice in control.choices}
    assert CHOICES.keys() <= choices


@pytest.mark.parametrize(
    ("kind", "example"), [(kind, number) for kind in KINDS for number in range(len(kind.EXAMPLES))]
)
def test_a_form_gives_back_what_it_was_filled_with(kind: type[BlockData], example: int) -> None:
    block = kind.model_validate(kind.EXAMPLES[example])
    data = block.model_dump(mode="json")
    controls = list_controls(kind)
    assert kind.model_validate(collect(controls, flatten(controls, data))) == block


@pytest.mark.parametrize(
    ("kind", "field", "control", "is_required", "most"),
    [
        ("event", "start", "moment", False, 0),
        ("event", "rsvp_deadline", "day", False, 0),
        ("event", "seats", "number", False, 0),
        ("event", "body", "rich", False, 2000),
        ("event", "question", "text", False, 400),
        ("call", "deadline", "moment", True, 0),
        ("call", "url", "url", True, 2000),
        ("dates", "rows", "rows", True, 20),
        ("news", "image", "image", False, 0),
        ("button", "style", "choice", False, 0),
        ("file", "asset", "file", False, 200),
        ("toc", "picked", "blocks", False, 12),
    ],
)
def test_a_field_gets_the_control_of_its_type(
    kind: str, field: str, control: str, is_required: bool, most: int
) -> None:
    found = next(one for one in list_controls(BY_NAME[kind]) if one.name == field)
    assert (found.kind, found.is_required, found.most) == (control, is_required, most)


def test_empty_rows_are_left_out_and_the_others_stay_in_order() -> None:
    controls = list_controls(BY_NAME["dates"])
    typed = {"heading": "Möten", "rows.0.place": "", "rows.2.date": "2017-05-11", "rows.7.date": "2017-01-02"}
    assert collect(controls, typed) == {"heading": "Möten", "rows": [{"date": "2017-05-11"}, {"date": "2017-01-02"}]}
    assert count_rows(typed, "rows") == 8


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=50), max_size=20), st.sampled_from(KINDS))
def test_nonsense_is_collected_without_harm(typed: dict[str, str], kind: type[BlockData]) -> None:
    assert isinstance(collect(list_controls(kind), typed), dict)


@pytest.mark.parametrize(
    ("kind", "data", "has"),
    [
        ("greeting", {"template": "Hej {{fornamn|du}}"}, False),
        ("text", {"body": "<p>{{fornamn|du}}</p>"}, False),
        ("text", {"heading": "Till {{fornamn|dig}}", "body": "<p>Hej</p>"}, True),
        ("columns", {"cells": [{"heading": "{{fornamn|du}}", "body": "<p>Hej</p>"}]}, True),
        ("image", {"image": {"asset": "a.png", "alt": "{{fornamn|du}}"}}, True),
        ("poll", {"question": "Kommer du?", "answers": ["Ja, {{fornamn|jag}}", "Nej"]}, True),
    ],
)
def test_names_in_lines_are_found(kind: str, data: dict[str, object], has: bool) -> None:
    assert has_braces_in_lines(list_controls(BY_NAME[kind]), data) is has
