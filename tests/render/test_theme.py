"""Themes: readable colours in light and dark, clean identity."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mailer.newsletters.theme import SHAPE_CONTRAST, TEXT_CONTRAST, Theme
from mailer.render.colour import contrast, mix


def test_contrast_is_the_known_ratio() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert (mix("#000000", "#ffffff", 0), mix("#000000", "#ffffff", 1)) == ("#000000", "#ffffff")


@given(colour=st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_accepted_colour_can_be_read_in_light_and_dark(colour: str) -> None:
    try:
        palette = Theme(organisation="x", primary=colour, accent=colour).palette
    except ValidationError:
        return
    pairs = [
        (palette.primary, palette.card),
        (palette.text, palette.tint),
        (palette.muted, palette.page),
        (palette.dark_link, palette.dark_card),
        (palette.dark_link, palette.dark_tint),
        (palette.dark_link, palette.dark_page),
        (palette.dark_text, palette.dark_tint),
        (palette.dark_muted, palette.dark_card),
        ("#ffffff", palette.dark_button),
    ]
    assert min(contrast(*pair) for pair in pairs) >= TEXT_CONTRAST
    assert contrast(palette.dark_button, palette.dark_page) >= SHAPE_CONTRAST
    assert contrast(palette.dark_button, palette.dark_card) >= SHAPE_CONTRAST
    assert contrast(palette.dark_accent, palette.dark_card) >= TEXT_CONTRAST


def test_identity_is_cleaned() -> None:
    theme = Theme(
        organisation=" Före\u00adningen ", phone="019 – 12 34 56", email="info@Example.org", primary="#005A70"
    )
    assert theme.organisation == "Föreningen"
    assert theme.phone == "019\u00a0–\u00a012\u00a034\u00a056"
    assert theme.email == "info@example.org"
    assert theme.primary == "#005a70"


@pytest.mark.parametrize(
    "field", [{"website": "javascript:x"}, {"email": "x"}, {"phone": "ring"}, {"colour": "#000000"}]
)
def test_identity_that_cannot_be_used_is_refused(field: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Theme.model_validate({"organisation": "x", **field})


def test_theme_survives_storing() -> None:
    theme = Theme(organisation="x", accent="#b34700", why="Därför.")
    assert Theme.model_validate(theme.model_dump(mode="json")) == theme
