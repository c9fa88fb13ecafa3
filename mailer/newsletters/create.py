"""Making a newsletter: everything is checked before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer.errors import InvalidError, Problem, RefusedError
from mailer.i18n import mark
from mailer.lists.models import MailingList
from mailer.mime.address import needs_smtputf8, parse_address
from mailer.newsletters.models import Newsletter, NewsletterList
from mailer.newsletters.theme import Theme
from mailer.workspaces.naming import check_naming, propose_slug

TAKEN = mark("The address /n/{slug}/ is taken.")


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
    problems = check_naming(slug=new.slug, language=new.language, name=new.name, sender_name=new.sender_name)
    problems += check_address("sender_email", new.sender_email) + check_address("reply_to", new.reply_to)
    if problems:
        raise InvalidError(problems)
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
    try:
        with session.begin_nested():
            session.add(newsletter)
    except IntegrityError:
        raise RefusedError(TAKEN, slug=new.slug) from None
    session.add_all(NewsletterList(newsletter_id=newsletter.id, list_id=one.id) for one in lists)
    session.flush()
    return newsletter


def propose_newsletter_slug(session: Session, name: str) -> str:
    """Return a short name for a new newsletter that none in the installation has: it is a public address."""
    return propose_slug(name, list(session.scalars(select(Newsletter.slug))), nameless="newsletter")


def check_address(field: str, value: str) -> list[Problem]:
    """Return what is wrong with an address that stands in a mail's header; empty is right, but for the sender's own."""
    try:
        if (value or field == "sender_email") and needs_smtputf8(parse_address(value).address):
            # RFC 6532: such a header needs SMTPUTF8 all the way, which most readers' servers do not have.
            return [Problem("use only ASCII characters before the @-sign", field=field)]
    except ValueError as error:
        return [Problem(str(error), field=field)]
    return []
