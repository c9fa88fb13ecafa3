"""What workspaces, lists and newsletters may be called: one rule for all three, and for languages. Pure."""

import re
import unicodedata
from collections.abc import Collection
from itertools import count

from mailer.errors import InvalidError, Problem
from mailer.i18n import LANGUAGES, mark

LONGEST_SLUG = 63
LONGEST_NAME = 120
NO_NAME = mark("Write a name of at most 120 characters, with letters or digits in it.")
HIDDEN = mark("The name contains characters that cannot be seen. Write it anew.")
NAME_TAKEN = mark("There is one with this name already. Give it another name.")

_SLUG = re.compile(rf"[a-z0-9](?:[a-z0-9-]{{0,{LONGEST_SLUG - 2}}}[a-z0-9])?")


def check_naming(*, slug: str, language: str = LANGUAGES[0], **names: str) -> list[Problem]:
    """Return what is wrong with a short name, a language, and names that readers see, each by its field."""
    problems = []
    if not _SLUG.fullmatch(slug):
        reason = f"use a-z, 0-9 and hyphens between them, at most {LONGEST_SLUG} characters"
        problems.append(Problem(reason, field="slug"))
    if language not in LANGUAGES:
        problems.append(Problem(f"must be one of {', '.join(LANGUAGES)}", field="language"))
    faults = ((field, find_name_fault(value)) for field, value in names.items())
    return problems + [Problem(fault, field=field) for field, fault in faults if fault]


def find_name_fault(name: str) -> str:
    """Return why something cannot be called so, or nothing: letters of any script will do, signs alone will not."""
    if not name.isprintable():
        return HIDDEN
    return NO_NAME if len(name) > LONGEST_NAME or not any(sign.isalnum() for sign in name) else ""


def refuse_wrong_naming(*, slug: str, language: str = LANGUAGES[0], **names: str) -> None:
    """Raise InvalidError with everything `check_naming` finds."""
    if problems := check_naming(slug=slug, language=language, **names):
        raise InvalidError(problems)


def derive_slug(name: str) -> str:
    """Return a name as a short name: `Råd & tips` gives rad-tips; nothing when no letter or digit of it is left."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST_SLUG].strip("-")


def propose_slug(name: str, taken: Collection[str], *, nameless: str) -> str:
    """Return a short name made of a name, with a number behind it when it is one of `taken`: rad-tips, rad-tips-2.

    `nameless` stands in when no letter or digit is left of the name.
    """
    slug = derive_slug(name) or nameless
    ends = (f"-{number}" for number in count(2))
    numbered = (f"{slug[: LONGEST_SLUG - len(end)].rstrip('-')}{end}" for end in ends)
    return slug if slug not in taken else next(one for one in numbered if one not in taken)
