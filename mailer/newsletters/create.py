"""Making a newsletter: everything is checked before anything is stored."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import InvalidError, Problem, RefusedError
from mailer.i18n import LANGUAGES
from mailer.lists.models import MailingList
from mailer.mime.address import parse_address
from mailer.newsletters.models import Newsletter, NewsletterList
from mailer.newsletters.theme import Theme

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


@dataclass(frozen=True)
class NewNewsletter:
    """What a new newsletter is told; addresses as typed."""

    slug: str
    name: str
    sender_name: str
    sender_email: str
    theme: Theme
    language: str = "sv"
    reply_to: str = ""
    description: str = ""


def parse_theme(raw: Mapping[str, object], **defaults: str) -> Theme:
    """Return a theme from untrusted values over `defaults`; InvalidError lists every fault by field."""
    try:
        return Theme.model_validate({**defaults, **raw})
    except ValidationError as error:
        raise InvalidError(
            [Problem(fault["msg"], field=".".join(map(str, fault["loc"]))) for fault in error.errors()]
        ) from None


def create_newsletter(
    session: Session, workspace_id: int, new: NewNewsletter, lists: Sequence[MailingList], *, now: datetime
) -> Newsletter:
    """Store a newsletter with its default lists; InvalidError or RefusedError when something is not right."""
    problems = [*_check_names(new), *_check_addresses(new)]
    if problems:
        raise InvalidError(problems)
    if session.scalar(select(Newsletter).where(Newsletter.slug == new.slug)):
        raise RefusedError(f"The address /n/{new.slug}/ is taken.")
    newsletter = Newsletter(
        workspace_id=workspace_id,
        slug=new.slug,
        name=new.name,
        description=new.description,
        language=new.language,
        theme=new.theme.model_dump(mode="json"),
        sender_name=new.sender_name,
        sender_email=new.sender_email,
        reply_to=new.reply_to,
        created_at=now,
    )
    session.add(newsletter)
    session.flush()
    session.add_all(NewsletterList(newsletter_id=newsletter.id, list_id=one.id) for one in lists)
    session.flush()
    return newsletter


def _check_names(new: NewNewsletter) -> list[Problem]:
    problems = []
    if not _SLUG.match(new.slug):
        problems.append(Problem("use a-z, 0-9 and hyphens, at most 63 characters", field="slug"))
    if new.language not in LANGUAGES:
        problems.append(Problem(f"must be one of {', '.join(LANGUAGES)}", field="language"))
    for field, value in (("name", new.name), ("sender_name", new.sender_name)):
        if not value.strip() or len(value) > 120 or not value.isprintable():
            problems.append(Problem("must be one line of 1 to 120 characters", field=field))
    return problems


def _check_addresses(new: NewNewsletter) -> list[Problem]:
    problems = []
    for field, value in (("sender_email", new.sender_email), ("reply_to", new.reply_to)):
        try:
            if value or field == "sender_email":
                parse_address(value)
        except ValueError as error:
            problems.append(Problem(str(error), field=field))
    return problems
