"""file: a document to read or download: a link with type and size, never an attachment."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from mailer.blocks.fields import Asset, LongLine, RequiredHeading, WebUrl
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.i18n import format_size, mark


class File(BlockData):
    NAME: ClassVar = "file"
    LABEL: ClassVar = mark("Document")
    EXAMPLES: ClassVar = (
        {
            "asset": "handlingsplan.pdf",
            "title": "Handlingsplan för sociala företag",
            "description": "Antagen i november, 24 sidor.",
        },
        {"url": "https://exempel.example.se/rapport.docx", "title": "Årsrapport"},
    )

    asset: Annotated[Asset, Field(max_length=200)] | None = None
    url: WebUrl = ""
    title: RequiredHeading
    description: LongLine = ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.asset) == bool(self.url):
            raise ValueError("give an asset (a file of your own) or a url")
        return self

    def headline(self, lang: str) -> str:  # noqa: ARG002 the same in every language
        return ""

    def files(self) -> tuple[str, ...]:
        return (self.asset,) if self.asset else ()

    def context(self, scene: Scene) -> Mapping[str, object]:
        if self.asset is None:
            facts, url = [_file_type(urlsplit(self.url).path)], self.url
        else:
            file = scene.files[self.asset]
            facts, url = [_file_type(file.name), format_size(file.size_bytes, scene.lang)], file.url
        known = ", ".join(fact for fact in facts if fact)
        return {"href": url, "label": f"{self.title} ({known})" if known else self.title}


def _file_type(name: str) -> str:
    ending = PurePosixPath(name).suffix.removeprefix(".").upper()
    return ending if ending.isalnum() and len(ending) <= 5 and ending not in {"HTML", "HTM", "PHP", "ASPX"} else ""
