"""Colours of a theme: measured where mails use them, in light and dark, and the nearest that passes is proposed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.newsletters.colours import Role, find_colour_fault, list_pairs, propose_colour
from mailer.newsletters.theme import Theme
from mailer.render.colour import contrast

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
ROLES: tuple[Role, ...] = ("primary", "accent")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("colour", ["#005a70", "#b34700", "#000000", "#2b4a1f", "#6d1f6b"])
def test_colours_that_can_be_read_everywhere_pass(role: Role, colour: str) -> None:
    assert find_colour_fault(role, colour) is None


def test_a_light_colour_is_told_its_worst_place_and_the_nearest_that_passes() -> None:
    fault = find_colour_fault("primary", "#ffd400")
    assert fault
    assert fault.ratio == pytest.approx(min(contrast("#ffd400", "#ffffff"), fault.ratio))
    assert fault.ratio < 1.5
    assert fault.least == 4.5
    assert find_colour_fault("primary", fault.proposal) is None


def test_what_is_read_on_white_but_not_on_the_page_around_it_is_refused() -> None:
    assert contrast("#757575", "#ffffff") > 4.5
    fault = find_colour_fault("primary", "#757575")
    assert fault
    assert 4 < fault.ratio < 4.5
    assert find_colour_fault("accent", "#757575") is None


@pytest.mark.parametrize("role", ROLES)
@given(colour=COLOURS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_proposal_passes_in_light_and_dark_and_is_the_colour_itself_when_that_does(
    role: Role, colour: str
) -> None:
    proposal = propose_colour(role, colour)
    assert all(contrast(pair.front, pair.back) >= pair.least for pair in list_pairs(role, proposal))
    assert (proposal == colour) is (find_colour_fault(role, colour) is None)
    assert Theme(organisation="x", primary=proposal).primary == proposal


@pytest.mark.parametrize("colour", ["", "red", "#12", "#gggggg", "rgb(0,0,0)"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="write the colour"):
        find_colour_fault("primary", colour)
