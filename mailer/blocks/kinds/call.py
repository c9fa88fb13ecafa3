"""call: a call for applications with its last day."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, ClassVar

from mailer.blocks.fields import ButtonLabel, Email, RequiredHeading, RequiredUrl, Rich, ShortLine, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.blocks.times import MomentOrDay
from mailer.clock import LOCAL_ZONE
from mailer.i18n import format_day, format_moment, get_translations, mark


class Call(BlockData):
    NAME: ClassVar = "call"
    LABEL: ClassVar = mark("Call for applications")
    EXAMPLES: ClassVar = (
        {
            "heading": "Innovationscheckar",
            "body": "<p>Kooperativa företag kan nu söka en check för att pröva en ny lösning.</p>",
            "funder": "Fonden Exempel",
            "deadline": "2016-11-30",
            "amount": "högst 100 000 kronor",
            "who_can": "företag som har minst tre anställda",
            "url": "https://fonden.example.org/checkar",
            "contact": "checkar@example.org",
        },
        {
            "heading": "Unga entreprenörer",
            "body": "<p>Sök medel för utbyten.</p>",
            "deadline": "2016-11-30T16:00+01:00",
            "url": "https://fonden.example.org/unga",
            "cta": "Läs och sök",
        },
    )

    heading: RequiredHeading
    body: Annotated[Rich, Words(2000, least=1)]
    funder: ShortLine = ""
    deadline: MomentOrDay
    amount: ShortLine = ""
    who_can: ShortLine = ""
    url: RequiredUrl
    contact: Email = ""
    cta: ButtonLabel = ""

    def context(self, scene: Scene) -> Mapping[str, object]:
        gettext = get_translations(scene.lang).gettext
        facts = [
            (gettext("Funder"), self.funder),
            (gettext("Amount"), self.amount),
            (gettext("Who can apply"), self.who_can),
            (gettext("Contact"), self.contact),
        ]
        return {
            "cta": self.cta or gettext("Go to the call"),
            "last_day": self._write_deadline(scene.lang),
            "closes": _end(self.deadline).isoformat(timespec="minutes"),
            "facts": [(label, value) for label, value in facts if value],
        }

    def _write_deadline(self, lang: str) -> str:
        return (
            format_moment(self.deadline, lang)
            if isinstance(self.deadline, datetime)
            else format_day(self.deadline, lang)
        )


def _end(deadline: date) -> datetime:
    """The moment the call closes; a day without a time closes at its end."""
    return deadline if isinstance(deadline, datetime) else datetime.combine(deadline, time(23, 59), LOCAL_ZONE)
