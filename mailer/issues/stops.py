"""What stops an issue from being sent: the page that asks before sending and the freezing itself go by one list."""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from mailer import links
from mailer.assets.store import find_image
from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.issues.compose import Composition
from mailer.issues.document import IssueDocument, image_needs
from mailer.issues.models import Issue
from mailer.issues.preview import compose_stored
from mailer.issues.queries import find_first_snapshot
from mailer.issues.saved import SAVED, load_whole
from mailer.issues.slots import count_longer, fill_as_sample
from mailer.issues.variants import variant_key
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.render.jinja import Form
from mailer.tokens import random_nonce

# Gmail cuts a mail off after 102,400 octets of HTML, and the footer with "unsubscribe" stands last.
MAX_HTML_BYTES = 102_400
MAX_VARIANTS = 4
_MAIL: tuple[Form, ...] = ("email",)

MISSING = mark("A saved block of the issue is not there any more. Delete its block, or put in another.")
TOO_MANY = mark("The blocks that only some lists see give {found} different mails; {allowed} are allowed.")
NOTHING = mark("The issue has nothing to read for some of its readers. Add a block that they see.")
EMPTY = mark("The issue is empty: none of its readers would have anything to read. Add a block that they see.")
TOO_LARGE = mark(
    "The mail has {size} kB of HTML; mail programs cut it off after {limit} kB. "
    "Shorten the issue or link to the longer texts."
)


@dataclass(frozen=True)
class Stop:
    """Why an issue cannot be sent, as words with values; `block` is the id of the block at fault, if it is one."""

    msgid: str
    block: str = ""
    values: dict[str, object] = field(default_factory=dict)


def list_stops(document: IssueDocument, mails: Collection[frozenset[str]], sizes: Iterable[int]) -> Iterator[Stop]:
    """Yield what stops an issue whose saved blocks are written out.

    `mails` are the lists (slugs) of one reader of each different mail. `sizes` is what `measure_mail` says of them; it
    comes last, so that nothing is rendered for who stops at the first.
    """
    yield from (Stop(MISSING, block.id) for block in document.blocks if block.type == SAVED)
    if len(mails) > MAX_VARIANTS:
        yield Stop(TOO_MANY, values={"found": len(mails), "allowed": MAX_VARIANTS})
    empty = [document.is_empty_for(slugs) for slugs in mails]
    if any(empty):
        yield Stop(EMPTY if all(empty) else NOTHING)
    for size in sizes:
        if size > MAX_HTML_BYTES:
            # Rounded as in the composer, and never down to the limit.
            values: dict[str, object] = {"size": math.ceil(size / 1000), "limit": MAX_HTML_BYTES // 1000}
            yield Stop(TOO_LARGE, values=values)


def refuse_stopped(stops: Iterable[Stop]) -> None:
    """Raise RefusedError in the words of the first stop, if there is one."""
    for stop in stops:
        raise RefusedError(stop.msgid, **stop.values)


def map_mails(document: IssueDocument, combinations: Iterable[frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the key of each different mail, and one of the combinations of lists through which readers get it."""
    return {variant_key((block.audience for block in document.blocks), slugs): slugs for slugs in combinations}


def measure_mail(newsletter: Newsletter, issue: Issue, mail: Composition) -> int:
    """Return how many octets the HTML of a mail has at the most, filled in for readers as the composer measures it."""
    link = links.issue_url(newsletter.slug, issue.path_number)
    sample, _text = fill_as_sample(mail.html, "", mail.slots, link)
    return len(sample.encode()) + count_longer(mail.html, mail.slots)


def check_issue(
    session: Session, newsletter: Newsletter, issue: Issue, combinations: Iterable[frozenset[str]]
) -> list[Stop]:
    """Return all that would stop a dispatch to readers through these combinations of lists.

    Of several mails only the one that says most is measured, so that the page is there at once; freezing measures
    each. Needs a session that may write when the issue `lacks_images`, since they are made here.
    """
    document, first = load_whole(session, issue), find_first_snapshot(session, issue.id)
    mails = map_mails(document, combinations).values()

    def measure() -> Iterator[int]:
        composed = compose_stored(
            session,
            newsletter,
            issue,
            document,
            nonce=random_nonce(),
            theme=first.identity["theme"] if first else None,
            audience=max(mails, key=lambda slugs: _count_letters(document, slugs), default=frozenset()),
            forms=_MAIL,
        )
        yield measure_mail(newsletter, issue, composed)

    return list(list_stops(document, mails, measure()))


def lacks_images(session: Session, newsletter: Newsletter, issue: Issue) -> bool:
    """Return whether derivatives have to be made before the issue can be checked; all else is reading."""
    document, first = load_whole(session, issue), find_first_snapshot(session, issue.id)
    look = Theme.model_validate(first.identity["theme"] if first else newsletter.theme)
    return any(find_image(session, issue.workspace_id, need) is None for need in image_needs(document, look))


def _count_letters(document: IssueDocument, slugs: frozenset[str]) -> int:
    shown = (block for block in document.blocks if block.is_shown("email", slugs))
    return sum(len(block.data.model_dump_json()) for block in shown)
