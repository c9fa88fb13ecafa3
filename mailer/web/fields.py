"""The text fields of a form as a dictionary, for forms whose fields are not known when the code is written."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile

from mailer.assets.store import MAX_FILE_BYTES

MOST_FIELDS = 2000


@dataclass(frozen=True)
class Filled:
    """A form with one file: its text fields by name, and the file's name and octets, empty when none was chosen."""

    fields: dict[str, str]
    file_name: str
    octets: bytes


async def read_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form by name; of several with one name the last. Files are left out."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


async def read_filled(request: Request) -> Filled:
    """Return the text fields of a form and the one file that it may hold."""
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        file = next((one for one in form.values() if isinstance(one, UploadFile) and one.filename), None)
        octets = await file.read(MAX_FILE_BYTES + 1) if file else b""
        return Filled(fields, (file.filename or "") if file else "", octets)
