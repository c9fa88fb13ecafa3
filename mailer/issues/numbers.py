"""The number of an issue: what may be one, and changing a draft's. What was sent keeps its own: it is an address."""

import re
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.clock import LOCAL_ZONE
from mailer.errors import InvalidError, Problem, RefusedError
from mailer.i18n import mark
from mailer.issues.editing import lock_draft
from mailer.issues.envelope import NUMBER, TITLES
from mailer.issues.facts import change_facts
from mailer.issues.models import Issue
from mailer.issues.queries import parse_number

BAD_NUMBER = mark("Write year and number, such as 2017:1")
FAR_YEAR = mark("The year of the number is more than one year away. Tick that it is right, or change the number.")
TAKEN = mark("There is an issue {number} already.")


def check_number(number: str, *, is_year_right: bool, now: datetime) -> None:
    """Raise InvalidError when it is no number, or its year is far away and nobody said `is_year_right` (that field)."""
    if not re.fullmatch(NUMBER, number):
        raise InvalidError([Problem(BAD_NUMBER, field="number")])
    if not is_year_right and abs(parse_number(number)[0] - now.astimezone(LOCAL_ZONE).year) > 1:
        raise InvalidError([Problem(FAR_YEAR, field="is_year_right")])


def renumber_draft(
    session: Session, issue: Issue, number: str, *, is_year_right: bool = False, actor: str, now: datetime
) -> None:
    """Give a draft another number; a subject that is only title and number, as a new issue's is, follows.

    InvalidError as `check_number`, where the year that the draft has is right. RefusedError when it has been sent, or
    when another issue of the newsletter has the number, also since just now; then nothing has changed.
    """
    draft = lock_draft(session, issue.id)
    former = draft.number
    check_number(number, is_year_right=is_year_right or number.startswith(f"{draft.year}:"), now=now)
    if number == former:
        return
    try:
        with session.begin_nested():
            draft.year, draft.ordinal = parse_number(number)
    except IntegrityError:
        raise RefusedError(TAKEN, number=number) from None
    if draft.subject in {f"{title} {former}" for title in TITLES.values()}:
        subject = f"{draft.subject.removesuffix(former)}{number}"
        change_facts(session, draft, {"subject": subject}, actor=actor, now=now)
    draft.updated_at = now
    told = {"subject": f"issue:{draft.id}", "number": number, "former": former}
    record_activity(session, draft.workspace_id, actor=actor, verb="issue.renumbered", now=now, **told)
    session.flush()
