"""dates: coming meetings, one row each, with a calendar file that holds them all."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from mailer.blocks.fields import LongLine, Part, RequiredHeading, ShortLine
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.blocks.times import Clock, Day
from mailer.i18n import format_day, format_time_range, get_translations, mark


class Meeting(Part):
    date: Day
    start: Clock | None = None
    end: Clock | None = None
    place: ShortLine = ""
    note: ShortLine = ""
    tentative: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.end and (self.start is None or self.end <= self.start):
            raise ValueError("the end must come after the start")
        return self

    def describe(self, lang: str) -> str:
        """Return time, place and note in one phrase."""
        when = format_time_range(self.start, self.end, lang) if self.start else ""
        preliminary = get_translations(lang).gettext("preliminary")
        phrase = ", ".join(part for part in (when, self.place, self.note) if part)
        return f"{phrase} ({preliminary})".strip() if self.tentative else phrase


def _in_order(rows: tuple[Meeting, ...]) -> tuple[Meeting, ...]:
    return tuple(sorted(rows, key=lambda row: (row.date, row.start or time.min)))


class Dates(BlockData):
    NAME: ClassVar = "dates"
    LABEL: ClassVar = mark("Dates")
    EXAMPLES: ClassVar = (
        {
            "heading": "Kommande nätverksmöten",
            "intro": "Alla möten börjar med lunch.",
            "common_time": "12.00–16.00",
            "rows": [
                {"date": "2017-05-11", "place": "Exempelstad"},
                {"date": "2017-09-28", "start": "13:00", "end": "16:00", "place": "Exempelby", "note": "studiebesök"},
                {"date": "2017-11-22", "place": "Exempelstad", "tentative": True},
            ],
            "rule": "Däremellan träffas arbetsutskottet var tredje onsdag.",
        },
        {"heading": "Öppet hus", "rows": [{"date": "2017-05-03"}]},
    )

    heading: RequiredHeading
    intro: LongLine = ""
    common_time: ShortLine = ""
    rows: Annotated[tuple[Meeting, ...], Field(min_length=1, max_length=20), AfterValidator(_in_order)]
    rule: LongLine = ""

    def context(self, scene: Scene) -> Mapping[str, object]:
        return {"rows": [(format_day(row.date, scene.lang), row.describe(scene.lang)) for row in self.rows]}
