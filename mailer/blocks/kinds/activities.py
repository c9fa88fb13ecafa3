"""activities: what is done towards a goal, and how far each has come."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailer.blocks.fields import LongLine, Part, RequiredHeading, Rich, Words
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import get_translations, mark

Progress = Literal["planned", "ongoing", "done"]
PROGRESS: dict[str, str] = {"planned": mark("Planned"), "ongoing": mark("Ongoing"), "done": mark("Completed")}


class Activity(Part):
    text: Annotated[Rich, Words(300, least=1)]
    status: Progress | None = None


class Activities(BlockData):
    NAME: ClassVar = "activities"
    LABEL: ClassVar = mark("List of activities")
    EXAMPLES: ClassVar = (
        {
            "heading": "Mål 3. Råd och stöd",
            "goal": "Att erbjuda råd och stöd till dem som startar sociala företag.",
            "items": [
                {"text": "<p>Ett rådgivningsteam bildas.</p>", "status": "done"},
                {"text": "<p>Löpande rådgivning på <strong>fyra orter</strong>.</p>", "status": "ongoing"},
                {"text": "<p>En utbildning för rådgivare.</p>", "status": "planned"},
            ],
        },
        {
            "heading": "Det här gör vi",
            "items": [
                {"text": "<p>Studiecirklar</p>"},
                {"text": "<p>Öppet hus:</p><ul><li>våren</li><li>hösten</li></ul>"},
            ],
        },
    )

    heading: RequiredHeading
    goal: LongLine = ""
    items: Annotated[tuple[Activity, ...], Field(min_length=1, max_length=20)]

    def context(self, scene: Scene) -> Mapping[str, object]:
        gettext = get_translations(scene.lang).gettext
        return {"activities": [(one.text, gettext(PROGRESS[one.status]) if one.status else "") for one in self.items]}
