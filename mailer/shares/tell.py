"""Telling a colleague: links without any reader's token, and a mail that the reader's own program sends. Pure.

Nothing is stored and nothing goes through us, so no colleague's address can be kept or mailed.
"""

import io
from dataclasses import dataclass
from urllib.parse import quote

import segno

from mailer import links
from mailer.i18n import get_translations
from mailer.shares.channels import APP, LINK, MAIL, QR, with_via


@dataclass(frozen=True)
class Told:
    """What the reader hands on: one link for each way, and what their mail program is given to begin with."""

    link: str
    app_link: str
    subject: str
    text: str

    @property
    def mailto(self) -> str:
        # RFC 6068 §5: line breaks as %0D%0A, and spaces as %20, since `+` means a plus sign.
        body = self.text.replace("\n", "\r\n")
        return f"mailto:?subject={quote(self.subject, safe='')}&body={quote(body, safe='')}"


def write_told(newsletter_slug: str, path_number: str, subject: str, lang: str) -> Told:
    """Return what to hand on of an issue, in the reader's language; `subject` is the issue's own."""
    gettext = get_translations(lang).gettext
    link = links.issue_url(newsletter_slug, path_number)
    text = gettext("Hi! I think you will find this newsletter useful: {link}").format(link=with_via(link, MAIL))
    title = gettext("Worth reading: {subject}").format(subject=subject)
    return Told(with_via(link, LINK), with_via(link, APP), title, text)


def draw_qr(newsletter_slug: str, path_number: str) -> bytes:
    """Return a QR code to the issue as SVG on white, with the quiet zone that ISO/IEC 18004 asks for."""
    out = io.BytesIO()
    code = segno.make_qr(with_via(links.issue_url(newsletter_slug, path_number), QR), error="m")
    code.save(out, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, nl=False)
    return out.getvalue()
