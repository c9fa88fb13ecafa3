"""poll: a question to readers with a few answers, each a button in the mail."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from mailer.blocks.fields import Line
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.blocks.times import Day
from mailer.clock import LOCAL_ZONE
from mailer.i18n import mark

SHORTEST = timedelta(days=2)
CLOSES_SOON = mark("It closes less than two days after the issue is sent, and many read it later than that.")

Answer = Annotated[Line, Field(min_length=1, max_length=40)]


class Poll(BlockData):
    NAME: ClassVar = "poll"
    LABEL: ClassVar = mark("Question to the reader")
    EXAMPLES: ClassVar = (
        {
            "question": "Kommer du till rådgivningsturnén?",
            "answers": ["Ja, gärna", "Kanske", "Nej"],
            "closes": "2016-12-14",
        },
        {
            "question": "Vilken dag passar dig?",
            "answers": ["Tisdag", "Onsdag"],
            "anonymous": False,
            "closes": "2016-12-14",
        },
    )

    question: Annotated[Line, Field(min_length=1, max_length=120)]
    answers: Annotated[tuple[Answer, ...], Field(min_length=2, max_length=5)]
    anonymous: bool = True
    closes: Day

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if len({answer.casefold() for answer in self.answers}) < len(self.answers):
            raise ValueError("give answers that differ")
        return self

    @property
    def closes_at(self) -> datetime:
        """The moment from which no answer is taken: the end of the last day."""
        return datetime.combine(self.closes + timedelta(days=1), time(), LOCAL_ZONE)

    def headline(self, lang: str) -> str:  # noqa: ARG002 the same in every language
        return self.question

    def check(self, sent_on: date) -> tuple[str, ...]:
        return (CLOSES_SOON,) if self.closes < sent_on + SHORTEST else ()

    def context(self, scene: Scene) -> Mapping[str, object]:
        # On the web page nobody can be known, so it has no links to answer by.
        start = "" if scene.form == "web" else f"{scene.slot('answer_url', '', False)}/{scene.block}"
        return {"choices": [(number, words, f"{start}/{number}") for number, words in enumerate(self.answers, 1)]}
