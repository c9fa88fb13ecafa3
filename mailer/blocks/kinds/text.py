"""text: running text, with or without a heading."""

from typing import Annotated, ClassVar

from mailer.blocks.fields import Heading, Rich, Words
from mailer.blocks.kind import BlockData
from mailer.i18n import mark


class Text(BlockData):
    NAME: ClassVar = "text"
    LABEL: ClassVar = mark("Text")
    EXAMPLES: ClassVar = (
        {
            "heading": "Nya parter",
            "body": "<p>Föreningen Exempel har beslutat att gå med i nätverket. Föreningen arbetar med "
            "<strong>kamratstöd</strong> och <em>nätverksarbete</em>.</p>"
            "<h3>Det här gör föreningen</h3>"
            "<ul><li>Öppet hus varje onsdag</li><li>Rådgivning, läs om "
            '<a href="https://exempel.example.se/radgivning">föreningens rådgivning</a></li></ul>',
        },
        {"body": "<p>Ett stycke utan rubrik, som hör till det som står ovanför.</p>"},
    )

    heading: Heading = ""
    body: Annotated[Rich, Words(6000, least=1)]
