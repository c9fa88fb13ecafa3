"""Markdown that members write for pages of their own → canonical rich text. Pure."""

from markdown_it import MarkdownIt
from markupsafe import Markup

from mailer.render.rich import write_web
from mailer.render.richtext import clean_rich

# CommonMark without HTML: what looks like a tag is text.
_PARSER = MarkdownIt("commonmark", {"html": False})


def render_markdown(text: str) -> Markup:
    """Return paragraphs, headings (all h2), lists, emphasis and links; anything else becomes its text."""
    rich = write_web(clean_rich(_PARSER.render(text)))
    return Markup(rich.replace("<h3>", "<h2>").replace("</h3>", "</h2>"))  # noqa: S704 canonical rich text
