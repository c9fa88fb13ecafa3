"""The text fields of a form as a dictionary, for forms whose fields are not known when the code is written."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from mailer.assets.store import MAX_FILE_BYTES

MOST_FIELDS = 2000


@dataclass(frozen=True)
class Filled:
    """A form with one file: its text fields by name, and the file's name and octets, empty when none was chosen."""

    fields: dict[str, str]
    file_name: str
    octets: bytes


async def read_form(request: Request) -> AsyncIterator[FormData]:
    """Read what was sent, all of it; the session waits for this, lest a slow sender keep the database from others."""
    if request.method == "GET":
        yield FormData()
        return
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        yield form


SentForm = Annotated[FormData, Depends(read_form, scope="function")]


def read_fields(form: SentForm) -> dict[str, str]:
    """Return the fields of a form by name; of several with one name the last. Files are left out."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(read_fields)]


async def read_filled(form: SentForm) -> Filled:
    """Return the text fields of a form and the one file that it may hold."""
    file = next((one for one in form.values() if isinstance(one, UploadFile) and one.filename), None)
    octets = await file.read(MAX_FILE_BYTES + 1) if file else b""
    return Filled(read_fields(form), (file.filename or "") if file else "", octets)
