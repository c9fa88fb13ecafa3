"""The text fields of a form as a dictionary, for forms whose fields are not known when the code is written."""

from fastapi import Request

MOST_FIELDS = 2000


async def read_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form by name; of several with one name the last. Files are left out."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}
