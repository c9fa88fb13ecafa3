"""The calendar file behind `{issue url}/{block id}.ics`. Pure; called by the public pages."""

from datetime import datetime
from urllib.parse import urlsplit

from mailer.blocks.calendar import Source, has_calendar, write_calendar
from mailer.errors import NotFoundError
from mailer.issues.envelope import IssueDocument
from mailer.newsletters.theme import Theme


def write_issue_calendar(
    document: IssueDocument, theme: Theme, issue_url: str, block_id: str, *, stamp: datetime, sequence: int = 0
) -> bytes:
    """Return the `.ics` of an event or dates block that everybody may see; NotFoundError for any other block."""
    block = next((block for block in document.blocks if block.id == block_id), None)
    if block is None or block.audience or not has_calendar(block.data):
        raise NotFoundError("This issue has no such calendar file.")
    # The path names newsletter and issue; neither they nor block ids hold a full stop, so no two give the same.
    place = urlsplit(issue_url)
    path = place.path.strip("/").replace("/", ".")
    source = Source(
        uid=f"{block.id}.{path}@{place.hostname or 'localhost'}",
        url=f"{issue_url}#b-{block.id}",
        organisation=theme.organisation,
        lang=document.lang,
        stamp=stamp,
        sequence=sequence,
    )
    return write_calendar(block.data, source)
