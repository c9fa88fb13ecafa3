"""A newsletter's privacy and accessibility pages: made from its facts until an editor has written another text.

Texts are Markdown. What an editor has not changed is made anew each time, so that it follows the facts.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args

from mailer import links
from mailer.config import Settings
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.render.jinja import content_environment

StatementName = Literal["privacy", "accessibility"]
STATEMENTS: tuple[StatementName, ...] = get_args(StatementName)
LONGEST_STATEMENT = 8000


def read_statement(
    newsletter: Newsletter, lists: Sequence[MailingList], name: StatementName, lang: str, settings: Settings
) -> str:
    """Return the text of a page as readers see it."""
    return newsletter.pages.get(_key(name, lang)) or draft_statement(newsletter, lists, name, lang, settings)


def draft_statement(
    newsletter: Newsletter, lists: Sequence[MailingList], name: StatementName, lang: str, settings: Settings
) -> str:
    """Return the text made from the newsletter's facts and the installation's settings."""
    text = (
        content_environment("text", lang)
        .get_template(f"pages/statements/{name}.txt")
        .render(
            newsletter=newsletter,
            theme=Theme.model_validate(newsletter.theme),
            lists=[one for one in lists if one.access != "private"],
            min_url=links.min_url(newsletter.slug),
            settings=settings,
            reviewed_on=reviewed_on(newsletter),
        )
    )
    return text.strip() + "\n"


def write_statement(newsletter: Newsletter, name: StatementName, lang: str, text: str, *, today: date) -> None:
    """Keep an editor's text; an empty one goes back to the text made from the facts."""
    pages = {key: value for key, value in newsletter.pages.items() if key != _key(name, lang)}
    if text:
        pages[_key(name, lang)] = text
    newsletter.pages = pages | {"reviewed_on": today.isoformat()}


def is_own_text(newsletter: Newsletter, name: StatementName, lang: str) -> bool:
    return _key(name, lang) in newsletter.pages


def reviewed_on(newsletter: Newsletter) -> date:
    """Return the day on which an editor last went through one of the texts, or the newsletter was made."""
    stored = newsletter.pages.get("reviewed_on")
    return date.fromisoformat(stored) if stored else newsletter.created_at.date()


def _key(name: StatementName, lang: str) -> str:
    return f"{name}.{lang}"
