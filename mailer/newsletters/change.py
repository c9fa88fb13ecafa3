"""Changing a newsletter's theme and sender. Drafts and later issues follow; what was sent is frozen in snapshots."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from mailer.errors import InvalidError, Problem
from mailer.newsletters.colours import find_colour_fault
from mailer.newsletters.create import check_address
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.workspaces.naming import check_naming


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


def merge_theme(newsletter: Newsletter, raw: Mapping[str, object]) -> Theme:
    """Return the stored theme with whatever of `raw` can be used, for a look before anything is saved."""
    theme = Theme.model_validate(newsletter.theme)
    for name, value in raw.items():
        try:
            theme = Theme.model_validate({**theme.model_dump(mode="json"), name: value})
        except ValidationError:
            continue
    return theme


def _reason(line: Mapping[str, Any]) -> str:
    if line["type"] in {"too_short", "string_too_short"}:
        return "is required"
    if line["type"] in {"too_long", "string_too_long"}:
        return f"at most {line['ctx']['max_length']} characters"
    return str(line["msg"]).removeprefix("Value error, ")
