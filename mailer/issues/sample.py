"""The mail of an invented short issue, beside the form of a theme: it shows everything that the theme decides."""

from sqlalchemy.orm import Session

from mailer.assets.store import show_images
from mailer.i18n import get_translations, mark
from mailer.issues.compose import compose_issue
from mailer.issues.document import image_needs, parse_document
from mailer.issues.preview import issue_links
from mailer.issues.slots import fill_as_sample
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.tokens import random_nonce

SAMPLE = {
    "body": mark('This is how text and <a href="https://example.org">a link</a> look.'),
    "heading": mark("A heading"),
    "label": mark("A button"),
    "quote": mark("This is how it looks when somebody is quoted."),
}


def compose_sample(session: Session, newsletter: Newsletter, theme: Theme) -> str:
    """Return the sample's HTML in a theme, in the newsletter's language.

    Needs a session that may write, since the logo's derivative may be made here.
    """
    words = {name: get_translations(newsletter.language).gettext(msgid) for name, msgid in SAMPLE.items()}
    blocks = [
        {"type": "text", "data": {"heading": words["heading"], "body": f"<p>{words['body']}</p>"}},
        {"type": "button", "data": {"label": words["label"], "url": "https://example.org"}},
        {"type": "quote", "data": {"quote": words["quote"], "who": "Kim Exempel"}},
    ]
    document = parse_document(
        {"number": "2026:1", "lang": newsletter.language, "subject": newsletter.name, "blocks": blocks}
    )
    own = issue_links(newsletter, "2026-1")
    images = show_images(session, newsletter.workspace_id, image_needs(document, theme))
    composed = compose_issue(document, theme, own, images, {}, nonce=random_nonce())
    return fill_as_sample(composed.html, composed.text, composed.slots, own.web)[0]
