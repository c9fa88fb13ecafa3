"""What the link to the whole story says: where it goes, also when it is read without the words around it. Pure."""

from mailer.i18n import get_translations
from mailer.render.merge import fill_for_everybody
from mailer.render.richtext import visible_text

_MOST = 60  # characters of a text that stand for the heading it does not have


def name_link(lang: str, label: str, heading: str, body: str) -> str:
    """Return the editor's own words, or else name the story by its heading or first words (WCAG 2.2, 2.4.4)."""
    return label or get_translations(lang).gettext("Read more: %(title)s") % {"title": heading or _begin(body)}


def _begin(body: str) -> str:
    words = visible_text(fill_for_everybody(body))
    if len(words) > _MOST:
        words = f"{words[:_MOST].rpartition(' ')[0] or words[:_MOST]} …"
    return words.rstrip(".,:;")
