"""The theme of a newsletter: who sends it and how it looks. A value: checked when made, never changed. Pure."""

from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from mailer.render.colour import (
    DARK_CARD,
    DARK_PAGE,
    LIGHT_CARD,
    contrast,
    lighten_until,
    mix,
    parse_colour,
)
from mailer.render.sanitise import WEB_SCHEMES, clean_email, clean_line, clean_link, clean_phone

TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0

Line = Annotated[str, BeforeValidator(lambda value: clean_line(value) if isinstance(value, str) else value)]


class Palette(BaseModel):
    """Every colour a mail uses, light and dark; the pairs that carry text have a contrast of 4.5 or more."""

    model_config = ConfigDict(frozen=True)

    page: str = "#f4f7f8"
    card: str = LIGHT_CARD
    text: str = "#1b2a32"
    muted: str = "#4a5a63"
    hairline: str = "#c9d3d8"
    primary: str
    accent: str
    tint: str
    dark_page: str = DARK_PAGE
    dark_card: str = DARK_CARD
    dark_text: str = "#e6edf0"
    dark_muted: str = "#a9b8bf"
    dark_hairline: str = "#33444c"
    dark_link: str
    dark_button: str
    dark_accent: str
    dark_tint: str


class Theme(BaseModel):
    """Sender and look of a newsletter; empty fields are left out of the frame."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organisation: Annotated[Line, Field(min_length=1, max_length=120)]
    website: str = ""
    email: str = ""
    phone: str = ""
    postal_address: Annotated[Line, Field(max_length=200)] = ""
    organisation_number: Annotated[Line, Field(max_length=20)] = ""
    privacy_url: str = ""
    logo: Annotated[str, StringConstraints(max_length=200)] = ""
    logo_alt: Annotated[Line, Field(max_length=150)] = ""
    primary: str = "#005a70"
    accent: str = "#b34700"
    why: Annotated[Line, Field(max_length=300)] = ""
    show_contact: bool = True
    show_share: bool = True
    show_subscription: bool = True

    @field_validator("website", "privacy_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return clean_link(value, WEB_SCHEMES) if value.strip() else ""

    @field_validator("email")
    @classmethod
    def _email(cls, value: str) -> str:
        return clean_email(value) if value.strip() else ""

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str) -> str:
        return clean_phone(value) if value.strip() else ""

    @field_validator("primary", "accent")
    @classmethod
    def _readable_colour(cls, value: str) -> str:
        colour = parse_colour(value)
        ratio = contrast(colour, LIGHT_CARD)
        if ratio < TEXT_CONTRAST:
            raise ValueError(f"too light: {ratio:.1f}:1 against white, {TEXT_CONTRAST}:1 is needed to be read")
        return colour

    @cached_property
    def palette(self) -> Palette:
        return make_palette(self.primary, self.accent)


def make_palette(primary: str, accent: str) -> Palette:
    """Return the colours derived for light and dark.

    A dark-page button keeps its white label: between luminance 0.15 (3:1 against the card it stands on) and 0.183
    (4.5:1 against white) there is always a step, because the light colour already carries white text.
    """
    return Palette(
        primary=primary,
        accent=accent,
        tint=mix(LIGHT_CARD, primary, 0.06),
        dark_link=lighten_until(primary, mix(DARK_CARD, primary, 0.15), 7.0),
        dark_button=lighten_until(primary, DARK_CARD, SHAPE_CONTRAST),
        dark_accent=lighten_until(accent, DARK_CARD, TEXT_CONTRAST),
        dark_tint=mix(DARK_CARD, primary, 0.15),
    )
