"""quote: somebody's words, or an interview of questions and answers."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from mailer.assets.needs import ImageNeed
from mailer.blocks.fields import Heading, Image, LongLine, Part, Rich, ShortLine, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import mark

PORTRAIT = 96
_MARKS = {"sv": ("”", "”"), "en": ("“", "”")}
_OUTER = "\"'”“„»«"


class Answer(Part):
    question: Annotated[LongLine, Field(min_length=1)]
    answer: Annotated[Rich, Words(2000, least=1)]


class Quote(BlockData):
    NAME: ClassVar = "quote"
    LABEL: ClassVar = mark("Quotation or interview")
    CUTS: ClassVar = {"portrait": (PORTRAIT, PORTRAIT)}
    EXAMPLES: ClassVar = (
        {
            "quote": "En social innovation är en ny lösning på en samhällsutmaning.",
            "who": "Bo Exempel",
            "role": "processledare, Föreningen Exempel",
            "portrait": {"asset": "bo.jpg", "alt": "Bo Exempel"},
        },
        {
            "heading": "Hallå där, Cecilia",
            "who": "Cecilia Exempel",
            "role": "projektledare",
            "interview": [
                {"question": "Vad gör ni just nu?", "answer": "<p>Vi startar tre studiecirklar.</p>"},
                {"question": "Vem kan vara med?", "answer": "<p>Alla som har en idé.</p>"},
            ],
        },
    )

    heading: Heading = ""
    quote: LongLine = ""
    who: Annotated[ShortLine, Field(min_length=1)]
    role: ShortLine = ""
    portrait: Image | None = None
    interview: Annotated[tuple[Answer, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.quote) == bool(self.interview):
            raise ValueError("give a quote, or an interview with questions and answers")
        return self

    def images(self) -> tuple[ImageNeed, ...]:
        return (self.portrait.need(PORTRAIT, PORTRAIT),) if self.portrait else ()

    def context(self, scene: Scene) -> Mapping[str, object]:
        words = self.quote
        if len(words) > 1 and words[0] in _OUTER and words[-1] in _OUTER:
            words = words[1:-1].strip()
        start, end = _MARKS[scene.lang]
        return {"portrait": scene.show(self.portrait, PORTRAIT, PORTRAIT), "words": f"{start}{words}{end}"}
