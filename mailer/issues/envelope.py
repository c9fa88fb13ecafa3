"""The shape of an issue: settings, and typed blocks in envelopes. Pure; made by `document.parse_document`."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mailer.blocks.fields import HeaderLine, Line
from mailer.blocks.kind import BlockData
from mailer.blocks.registry import BY_NAME
from mailer.blocks.times import FIRST_YEAR, LAST_YEAR, Day
from mailer.render.jinja import Form

MAX_BLOCKS = 100
TITLES = {"sv": "Nyhetsbrev", "en": "Newsletter"}
NUMBER = r"^\d{4}:[1-9]\d{0,2}$"
FACTS = ("subject", "preheader", "title", "lang", "date")  # what an issue says of itself, beside its number
FORMS: tuple[Form, ...] = ("email", "web", "text")
_WITHOUT_CONTENT = {"greeting", "divider", "toc"}

BlockId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Block(BaseModel):
    """The envelope of a block: which kind, where it is shown, for whom; the fields are in `data`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: BlockId
    type: str
    v: int = 1
    hidden_in: tuple[Form, ...] = ()
    audience: tuple[Slug, ...] = ()
    data: SerializeAsAny[BlockData]

    def is_shown(self, form: Form, audience: frozenset[str]) -> bool:
        """Whether this form shows the block to readers of these lists; the web shows only what is for everybody."""
        if form not in self.data.FORMS or form in self.hidden_in:
            return False
        return not self.audience or (form != "web" and bool(audience & set(self.audience)))

    @field_validator("type")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in BY_NAME:
            raise PydanticCustomError(
                "unknown_kind", "no such kind; the kinds are {kinds}", {"kinds": ", ".join(BY_NAME)}
            )
        return name

    @field_validator("v")
    @classmethod
    def _current(cls, version: int, info: ValidationInfo) -> int:
        kind = BY_NAME.get(info.data.get("type", ""))
        if kind is not None and version != kind.VERSION:
            raise PydanticCustomError("version", "version {now} is the one known here", {"now": kind.VERSION})
        return version

    @field_validator("hidden_in", "audience")
    @classmethod
    def _in_order(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(values)))

    @field_validator("data", mode="before")
    @classmethod
    def _as_its_kind(cls, value: object, info: ValidationInfo) -> object:
        kind = BY_NAME.get(info.data.get("type", ""))
        if kind is None:  # said already, at `type`
            return BlockData.model_construct()
        return kind.model_validate(value)


class IssueDocument(BaseModel):
    """One issue: what the inbox shows, and its blocks in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[
        str,
        StringConstraints(pattern=NUMBER),
        Field(
            description="year and number from 1 to 999, as in `2017:1`; an import replaces the draft of the same number"
        ),
    ]
    lang: Annotated[
        Literal["sv", "en"], Field(description="language of the words that the service adds, and for screen readers")
    ] = "sv"
    subject: Annotated[HeaderLine, Field(min_length=1, max_length=200, description="subject of the mail; one line")]
    preheader: Annotated[
        HeaderLine, Field(max_length=110, description="what the inbox shows after the subject; one line")
    ] = ""
    title: Annotated[
        Line,
        Field(
            min_length=1,
            max_length=80,
            description="main heading, before the number; `Nyhetsbrev` or `Newsletter` when it is missing",
        ),
    ]
    date: Annotated[
        Day | None, Field(description=f"shown under the title, from {FIRST_YEAR} to {LAST_YEAR}, as in `2016-12-06`")
    ] = None
    blocks: Annotated[
        tuple[Block, ...], Field(max_length=MAX_BLOCKS, description="what the issue consists of, in order")
    ] = ()

    def is_empty_for(self, audience: frozenset[str]) -> bool:
        """Whether the mail to readers of these lists would say nothing, but perhaps greet them."""
        return not any(block.is_shown("email", audience) for block in self.blocks if block.type not in _WITHOUT_CONTENT)

    @model_validator(mode="before")
    @classmethod
    def _with_title(cls, raw: object) -> object:
        if not isinstance(raw, Mapping) or raw.get("title"):
            return raw
        return {**raw, "title": TITLES.get(str(raw.get("lang", "sv")), TITLES["sv"])}

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [block.id for block in self.blocks]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise PydanticCustomError("same_id", "blocks with the same id: {ids}", {"ids": ", ".join(twice)})
        return self
