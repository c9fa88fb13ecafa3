"""Feeds of a newsletter's sent issues: Atom (RFC 4287), JSON Feed 1.1, a sitemap, and a calendar of all events.

Content comes from the web version; addresses are absolute, and nothing in it is about a reader.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from icalendar import Calendar

from mailer.issues.models import Issue
from mailer.newsletters.models import Newsletter

MOST_ENTRIES = 20


@dataclass(frozen=True)
class Entry:
    """One issue of a feed; `web` is its fragment as the archive shows it, `changed_at` its last correction."""

    issue: Issue
    web: str
    changed_at: datetime


def write_atom(newsletter: Newsletter, root: str, organisation: str, entries: Sequence[Entry]) -> str:
    """Return the feed as XML; `root` is the address under which its reader finds the archive.

    An entry's id is its address, which never changes.
    """
    own = root + "feed.atom"
    updated = max((one.changed_at for one in entries), default=newsletter.created_at)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(newsletter.language)}>'
        f"<title>{_xml(newsletter.name)}</title><id>{_xml(root)}</id><updated>{_moment(updated)}</updated>"
        f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>'
        f'<link rel="alternate" type="text/html" href={quoteattr(root)}/>'
        f"<author><name>{_xml(organisation)}</name></author>"
        + "".join(_atom_entry(root, one) for one in entries)
        + "</feed>\n"
    )


def write_json_feed(newsletter: Newsletter, root: str, organisation: str, entries: Sequence[Entry]) -> str:
    """Return the feed as JSON."""
    items = [
        {
            "id": root + one.issue.path_number,
            "url": root + one.issue.path_number,
            "title": one.issue.subject,
            "summary": one.issue.preheader,
            "content_html": one.web,
            "date_published": _moment(one.issue.sent_at or one.changed_at),
            "date_modified": _moment(one.changed_at),
            "language": one.issue.language,
        }
        for one in entries
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": newsletter.name,
        "home_page_url": root,
        "feed_url": root + "feed.json",
        "description": newsletter.description,
        "language": newsletter.language,
        "authors": [{"name": organisation}],
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def write_sitemap(pages: Sequence[tuple[str, datetime | None]]) -> str:
    """Return a sitemap (sitemaps.org 0.9) of addresses and when each changed last."""
    rows = "".join(
        f"<url><loc>{_xml(url)}</loc>{f'<lastmod>{_moment(at)}</lastmod>' if at else ''}</url>" for url, at in pages
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>\n'
    )


def join_calendars(name: str, calendars: Sequence[bytes]) -> bytes:
    """Return one calendar with the events of several and each time zone once (RFC 5545 §3.4)."""
    whole = Calendar()
    whole.add("prodid", "-//Mailer//Archive//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", name)
    zones: set[str] = set()
    for octets in calendars:
        for part in Calendar.from_ical(octets).subcomponents:
            if part.name == "VTIMEZONE":
                zone = str(part.get("tzid"))
                if zone in zones:
                    continue
                zones.add(zone)
            whole.add_component(part)
    written: bytes = whole.to_ical()
    return written


def _atom_entry(root: str, one: Entry) -> str:
    url = root + one.issue.path_number
    return (
        f"<entry><title>{_xml(one.issue.subject)}</title><id>{_xml(url)}</id>"
        f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>'
        f"<published>{_moment(one.issue.sent_at or one.changed_at)}</published>"
        f"<updated>{_moment(one.changed_at)}</updated><summary>{_xml(one.issue.preheader)}</summary>"
        f'<content type="html" xml:lang={quoteattr(one.issue.language)}>{_xml(one.web)}</content></entry>'
    )


def _xml(text: str) -> str:
    """Return text for XML, without the control characters that XML 1.0 has no way to write (§2.2)."""
    return escape("".join(one for one in text if one in "\t\n\r" or one >= " "))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
