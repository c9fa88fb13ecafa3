"""Telling a colleague: a link without any reader's token, and a mail that the reader's own program sends. Pure.

Nothing is stored and nothing goes through us, so no colleague's address can be kept or mailed.
"""

from dataclasses import dataclass
from urllib.parse import quote

from mailer import links
from mailer.i18n import get_translations


@dataclass(frozen=True)
class Tip:
    """What the reader's mail program is handed: it can still be changed there before it is sent."""

    link: str
    subject: str
    text: str

    @property
    def mailto(self) -> str:
        # RFC 6068 §5: line breaks as %0D%0A, and spaces as %20, since `+` means a plus sign.
        body = self.text.replace("\n", "\r\n")
        return f"mailto:?subject={quote(self.subject, safe='')}&body={quote(body, safe='')}"


def write_tip(newsletter_slug: str, path_number: str, subject: str, lang: str) -> Tip:
    """Return the tip for an issue in the reader's language; `subject` is the issue's own."""
    gettext = get_translations(lang).gettext
    link = links.issue_url(newsletter_slug, path_number)
    text = gettext("Hi! I think you will find this newsletter useful: {link}").format(link=link)
    return Tip(link, gettext("Worth reading: {subject}").format(subject=subject), text)
