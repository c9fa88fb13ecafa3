"""Field kinds. Each cleans its value before it is measured, so that what is stored is what was checked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mailer.assets.needs import ImageNeed
from mailer.render.richtext import clean_rich, visible_text
from mailer.render.sanitise import (
    LINK_SCHEMES,
    WEB_SCHEMES,
    clean_email,
    clean_line,
    clean_link,
    clean_one_line,
    clean_phone,
)

# Markup weighs; a rich text that is much longer than its words is refused before it is parsed.
_MAX_RICH_BYTES = 100_000
_ASSET = re.compile(r"[^\x00-\x1f/\\]{1,200}")


def _text(clean: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


def _optional(clean: Callable[[str], str]) -> BeforeValidator:
    return _text(lambda value: clean(value) if value.strip() else "")


def _rich(value: str) -> str:
    if len(value) > _MAX_RICH_BYTES:
        raise PydanticCustomError("too_long", "at most {max} characters with markup", {"max": _MAX_RICH_BYTES})
    return clean_rich(value)


def _asset(value: str) -> str:
    if value.startswith(".") or not _ASSET.fullmatch(value):
        raise ValueError("name an asset: its content hash, or a file name without folders")
    return value


@dataclass(frozen=True)
class Words:
    """Limits of rich text, counted in the characters a reader sees."""

    most: int
    least: int = 0

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        limits = {"contentMediaType": "text/html", "x-max-visible": self.most}
        return {**handler(schema), **limits, **({"minLength": 1} if self.least else {})}

    def _check(self, value: str) -> str:
        letters = len(visible_text(value))
        if letters < self.least:
            raise PydanticCustomError("missing", "is required")
        if letters > self.most:
            raise PydanticCustomError(
                "too_long", "at most {max} characters, now {now}", {"max": self.most, "now": letters}
            )
        return value


_URI: JsonDict = {"format": "uri"}

Line = Annotated[str, _text(clean_line)]
# Refuses what would end a header field of a mail (RFC 5322 §2.2), where other lines turn it into a space.
HeaderLine = Annotated[str, _text(clean_one_line)]
Heading = Annotated[Line, Field(max_length=80)]
RequiredHeading = Annotated[Line, Field(min_length=1, max_length=80)]
Name = Annotated[Line, Field(min_length=1, max_length=120)]
ShortLine = Annotated[Line, Field(max_length=160)]
LongLine = Annotated[Line, Field(max_length=400)]
ButtonLabel = Annotated[Line, Field(max_length=30)]
Rich = Annotated[str, _text(_rich)]
WebUrl = Annotated[
    str, _optional(lambda value: clean_link(value, WEB_SCHEMES)), Field(max_length=2000, json_schema_extra=_URI)
]
RequiredUrl = Annotated[WebUrl, Field(min_length=1)]
RequiredLink = Annotated[
    str, _optional(lambda value: clean_link(value, LINK_SCHEMES)), Field(min_length=1, max_length=2000)
]
Email = Annotated[str, _optional(clean_email), Field(max_length=254, json_schema_extra={"format": "email"})]
Phone = Annotated[str, _optional(clean_phone)]
Asset = Annotated[str, _text(_asset)]
# The short name of a block that the newsletter has saved.
SavedName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", json_schema_extra={"format": "saved-block"})]

# The id of another block of the issue. The bounds are not in the pattern: 64 times all letters of Unicode would be a
# table of 6 MB.
BlockId = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$", json_schema_extra={"format": "block-id"})
]


class Part(BaseModel):
    """A group of fields inside a kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Image(Part):
    """A picture and what it says to those who do not see it: alternative text, or the mark that it only decorates."""

    asset: Asset
    alt: Annotated[Line, Field(max_length=150)] = ""
    decorative: bool = False
    focus: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = (0.5, 0.5)

    @model_validator(mode="after")
    def _described(self) -> Self:
        if not self.alt and not self.decorative:
            raise PydanticCustomError("missing_alt", "describe the image (alt), or mark it as decorative")
        return self

    def need(self, shown_width: int, shown_height: int = 0) -> ImageNeed:
        """Return the derivative for this shown size: twice as many pixels, cut only when a height is given."""
        return ImageNeed(self.asset, 2 * shown_width, 2 * shown_height, self.focus if shown_height else (0.5, 0.5))
