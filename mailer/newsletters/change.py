"""Changing a newsletter: its theme and sender, its name and lists. Its short name stays: it is a public address.

Drafts and later issues follow; what was sent, and what is being sent, is frozen in snapshots.
"""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from mailer.errors import InvalidError, OvertakenError, Problem
from mailer.i18n import mark
from mailer.lists.models import MailingList
from mailer.newsletters.colours import find_colour_fault
from mailer.newsletters.create import check_address
from mailer.newsletters.models import Newsletter, NewsletterList
from mailer.newsletters.queries import default_lists, list_newsletters
from mailer.newsletters.senders import TAKEN_DOMAIN, is_others_domain
from mailer.newsletters.theme import Theme
from mailer.workspaces.naming import NAME_TAKEN, check_naming

NO_LIST = mark("Choose at least one list")
OVERTAKEN = mark("Somebody else has changed this meanwhile.")


def change_theme(newsletter: Newsletter, raw: Mapping[str, object], *, sender_name: str, reply_to: str) -> list[str]:
    """Store a theme (over the stored one) and the sender; return the names of what changed.

    InvalidError lists every fault by field, and nothing has changed. The logo has to be an asset of the workspace.
    """
    problems = check_naming(slug=newsletter.slug, sender_name=sender_name) + check_address("reply_to", reply_to)
    try:
        theme = Theme.model_validate({**newsletter.theme, **raw})
    except ValidationError as error:
        faults = (Problem(_reason(line), field=".".join(map(str, line["loc"]))) for line in error.errors())
        raise InvalidError([*problems, *faults]) from None
    if find_colour_fault("primary", theme.primary):
        problems.append(Problem("cannot be read everywhere", field="primary"))
    if find_colour_fault("accent", theme.accent):
        problems.append(Problem("cannot be read everywhere", field="accent"))
    if problems:
        raise InvalidError(problems)
    former = Theme.model_validate(newsletter.theme).model_dump(mode="json")
    wanted = theme.model_dump(mode="json")
    changed = [name for name, value in wanted.items() if former[name] != value]
    changed += [name for name, value in (("sender_name", sender_name), ("reply_to", reply_to))
                if getattr(newsletter, name) != value]  # fmt: skip
    newsletter.theme, newsletter.sender_name, newsletter.reply_to = wanted, sender_name, reply_to
    return changed


def change_settings(
    session: Session,
    newsletter: Newsletter,
    wanted: Mapping[str, str],
    lists: Collection[MailingList],
    *,
    was: Mapping[str, str],
) -> list[str]:
    """Store name and From address (`name`, `sender_email`) and the lists it goes to unless the sender says otherwise.

    Returns the names of what changed. `was` is what was shown: of the texts, what somebody else has changed since is
    not overwritten (OvertakenError). InvalidError lists every fault by field, and nothing has changed: a name is only
    one newsletter's of the workspace, and lists cannot all be taken away. The caller holds `lock_newsletter`.
    """
    present = {field: str(getattr(newsletter, field)) for field in wanted}
    changed = {field: text for field, text in wanted.items() if text not in {present[field], was.get(field)}}
    if theirs := {field: present[field] for field in changed if was.get(field, present[field]) != present[field]}:
        raise OvertakenError(OVERTAKEN, theirs)
    problems = _check_name(session, newsletter, changed["name"]) if "name" in changed else []
    if "sender_email" in changed:
        problems += check_address("sender_email", changed["sender_email"])
        if is_others_domain(session, newsletter.workspace_id, changed["sender_email"]):
            problems.append(Problem(TAKEN_DOMAIN, field="sender_email"))
    former = default_lists(session, newsletter.id)
    if former and not lists:
        problems.append(Problem(NO_LIST, field="lists"))
    if problems:
        raise InvalidError(problems)
    for field, text in changed.items():
        setattr(newsletter, field, text)
    return [*changed, *(["lists"] if _replace_lists(session, newsletter, former, lists) else [])]


def merge_theme(newsletter: Newsletter, raw: Mapping[str, object]) -> Theme:
    """Return the stored theme with whatever of `raw` can be used, for a look before anything is saved."""
    theme = Theme.model_validate(newsletter.theme)
    for name, value in raw.items():
        try:
            theme = Theme.model_validate({**theme.model_dump(mode="json"), name: value})
        except ValidationError:
            continue
    return theme


def _check_name(session: Session, newsletter: Newsletter, name: str) -> list[Problem]:
    others = (one for one in list_newsletters(session, newsletter.workspace_id) if one.id != newsletter.id)
    if name.casefold() in {one.name.casefold() for one in others}:
        return [Problem(NAME_TAKEN, field="name")]
    return check_naming(slug=newsletter.slug, name=name)


def _replace_lists(
    session: Session, newsletter: Newsletter, former: Collection[MailingList], lists: Collection[MailingList]
) -> bool:
    present, wanted = ({one.id for one in some} for some in (former, lists))
    own = NewsletterList.newsletter_id == newsletter.id
    session.execute(delete(NewsletterList).where(own, NewsletterList.list_id.in_(present - wanted)))
    session.add_all(NewsletterList(newsletter_id=newsletter.id, list_id=one) for one in sorted(wanted - present))
    session.flush()
    return wanted != present


def _reason(line: Mapping[str, Any]) -> str:
    if line["type"] in {"too_short", "string_too_short"}:
        return "is required"
    if line["type"] in {"too_long", "string_too_long"}:
        return f"at most {line['ctx']['max_length']} characters"
    return str(line["msg"]).removeprefix("Value error, ")
