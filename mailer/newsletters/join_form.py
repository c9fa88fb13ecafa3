"""What a newsletter's join form asks for beside the address. A value: checked when made. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from mailer.newsletters.theme import Line
from mailer.render.sanitise import clean_line

MOST_FIELDS = 8
LONGEST_ANSWER, LONGEST_TEXT = 200, 1000
_RESERVED = {"id", "email", "address", "name", "organisation", "language", "lists", "consent", "role", "workspace"}

JoinKind = Literal["line", "text", "choice", "several", "yes", "date", "number"]
JOIN_KINDS: tuple[JoinKind, ...] = get_args(JoinKind)
OF_CHOICES = ("choice", "several")
BETWEEN = "; "  # of several answers, as they are kept and exported

_NUMBER = re.compile(r"[-\u2212]?[0-9]{1,15}(?:\.[0-9]{1,9})?")

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class JoinField(BaseModel):
    """A question of the editor's own. The answer is kept under `key` in the subscriber's attributes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    kind: JoinKind = "line"
    label_sv: Annotated[Line, Field(min_length=1, max_length=80)]
    label_en: Annotated[Line, Field(max_length=80)] = ""
    is_required: bool = False
    choices: tuple[Annotated[Line, Field(min_length=1, max_length=80)], ...] = ()

    def label(self, lang: str) -> str:
        return self.label_en if lang == "en" and self.label_en else self.label_sv

    def read(self, typed: Sequence[str]) -> str:
        """Return the answer as it is kept; ValueError when it cannot be one. Only `several` has more than one."""
        answers = [answer for one in typed if (answer := clean_line(" ".join(one.split())))]
        if self.is_required and not answers:
            raise ValueError(self.key)
        if not answers:
            return ""
        answer = BETWEEN.join(dict.fromkeys(answers)) if self.kind == "several" else answers[-1]
        if len(answer) > (LONGEST_TEXT if self.kind in {"text", "several"} else LONGEST_ANSWER):
            raise ValueError(self.key)
        if self.kind in OF_CHOICES and not set(answers) <= set(self.choices):
            raise ValueError(self.key)
        return _normalise(self.kind, answer)

    @field_validator("choices")
    @classmethod
    def _no_mark_between(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(";" in one for one in value):
            raise ValueError("a choice holds a semicolon, which stands between several answers")
        return value

    @field_validator("key")
    @classmethod
    def _own_name(cls, value: str) -> str:
        if value in _RESERVED:
            raise ValueError("this name means something else already")
        return value


class JoinForm(BaseModel):
    """`lead` stands below the heading, in each language; empty: our own words.

    `proof` says when a browser has to work a second before the form is taken: never, attacked, always.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    asks_name: bool = True
    asks_organisation: bool = True
    lead_sv: Annotated[Line, Field(max_length=400)] = ""
    lead_en: Annotated[Line, Field(max_length=400)] = ""
    proof: Literal["never", "attacked", "always"] = "attacked"
    fields: Annotated[tuple[JoinField, ...], Field(max_length=MOST_FIELDS)] = ()

    def lead(self, lang: str) -> str:
        return self.lead_en if lang == "en" and self.lead_en else self.lead_sv

    @model_validator(mode="after")
    def _distinct(self) -> "JoinForm":
        keys = [field.key for field in self.fields]
        if len(set(keys)) < len(keys):
            raise ValueError("two questions have the same name")
        return self


def read_join_form(stored: dict[str, Any]) -> JoinForm:
    return JoinForm.model_validate(stored)


def propose_key(label: str, taken: set[str]) -> str:
    """Return a name for a question that has none yet."""
    words = re.sub(r"[^a-z0-9]+", "_", label.casefold().translate(str.maketrans("åäö", "aao"))).strip("_")
    base = f"q_{words}"[:28] if not words[:1].isalpha() or words in _RESERVED else words[:28]
    return next(one for one in (base, *(f"{base}_{n}" for n in range(2, 100))) if one not in taken)


def _normalise(kind: JoinKind, answer: str) -> str:
    """Return a day as ISO 8601 writes it, a number with a full stop; ValueError when it is none."""
    if kind == "date":
        return date.fromisoformat(answer).isoformat()
    if kind == "number":
        number = answer.replace(" ", "").replace("\u00a0", "").replace(",", ".")
        if not _NUMBER.fullmatch(number):
            raise ValueError(answer)
        return number
    return "yes" if kind == "yes" else answer
