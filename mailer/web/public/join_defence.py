"""What keeps programs out of join forms, without cookies, third parties or pictures to read.

A field that people do not see; a form that is neither too fresh nor too old; limits for each network and list; and,
when a list is attacked, a step more in which a browser works for a second. Whoever has no script takes the same step by
pressing a button, under a stricter limit.
"""

import base64
import json
from datetime import datetime, timedelta

from altcha import create_challenge, verify_solution
from fastapi import Request
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError
from mailer.i18n import mark
from mailer.limits import look, take, take_once
from mailer.lists.models import MailingList
from mailer.newsletters.join_form import JoinForm, read_join_form
from mailer.newsletters.models import Newsletter
from mailer.notices.alarm import warn_owners
from mailer.subscribers.stopped import LIST, NETWORK, UNPROVEN
from mailer.tokens import derive_key, read_signed
from mailer.web.clients import client_network
from mailer.web.forms import Faults
from mailer.web.public.join_fields import Filled

SOONEST_SECONDS, LATEST_SECONDS = 3, 24 * 60 * 60
HOUR = 60 * 60
MOST_A_NETWORK, MOST_UNPROVEN, MOST_A_LIST = 10, 3, 200  # an hour
ATTACK = 60  # so many for one list within an hour is no ordinary day
CONTINUE = "continue"
PROOF_LIFE = timedelta(minutes=20)
# About a second of work on a telephone: 128 tries in the mean, of some milliseconds each.
_ALGORITHM, _COST = "PBKDF2/SHA-256", 5000

AGAIN = mark("We could not accept the form. Press Send again.")
TOO_LATE = mark("The page was open too long. Your answers are still here – press Send again.")
TOO_MANY = mark("Too many attempts. Wait 15 minutes and try again.")


def needs_step(filled: Filled, form: JoinForm, lists: list[MailingList]) -> bool:
    """Tell whether the form needs a step more: it stood on another site, or programs are at work."""
    return filled.step != CONTINUE and (not filled.stamp or wants_proof(form, lists))


def wants_proof(form: JoinForm, lists: list[MailingList]) -> bool:
    """Tell whether browsers have to work for this form now."""
    if form.proof == "attacked":
        return any(look("join list", str(one.id), seconds=HOUR) >= ATTACK for one in lists)
    return form.proof == "always"


def judge_time(filled: Filled, faults: Faults, now: datetime) -> None:
    """Ask to press again when the form was filled in faster than a person can, or shown too long ago, or not by us."""
    if not filled.stamp and filled.step != CONTINUE:
        return  # stood on another site, and gets the step more
    age = stamp_age(filled.stamp, now)
    if age is None:
        faults.add("send", AGAIN)
    elif age > LATEST_SECONDS:
        faults.add("send", TOO_LATE)
    elif age < SOONEST_SECONDS and filled.step != CONTINUE:
        faults.add("send", AGAIN)


def stamp_age(stamp: str, now: datetime) -> int | None:
    """Return the seconds since a form was shown, or None when its stamp is not ours."""
    try:
        (shown,) = read_signed("form", stamp, 1)
    except NotFoundError:
        return None
    return int(now.timestamp()) - shown


def find_stop(
    request: Request, session: Session, newsletter: Newsletter, lists: list[MailingList], filled: Filled, now: datetime
) -> str:
    """Return why an attempt is stopped, of `subscribers.stopped`, or nothing; owners hear of a list's limit."""
    network = client_network(request)
    if not take("join from", network, at_most=MOST_A_NETWORK, seconds=HOUR):
        return NETWORK
    needs_proof = wants_proof(read_join_form(newsletter.join_form), lists) and not is_proven(filled.proof)
    if needs_proof and not take("join unproven", network, at_most=MOST_UNPROVEN, seconds=HOUR):
        return UNPROVEN
    for one in lists:
        if not take("join list", str(one.id), at_most=MOST_A_LIST, seconds=HOUR):
            warn_owners(session, newsletter.workspace_id, "joins", one.name, now=now)
            return LIST
    return ""


def make_challenge(now: datetime) -> str:
    """Return work for a browser as JSON, in ALTCHA's form and signed by us."""
    challenge = create_challenge(
        _ALGORITHM, _COST, expires_at=now + PROOF_LIFE, hmac_secret=derive_key("proof"), key_prefix="00"
    )
    return json.dumps(challenge.to_dict())


def is_proven(payload: str) -> bool:
    """Tell whether a browser has done work that we gave out, and which nobody has handed in before."""
    if not payload:
        return False
    try:
        signature = json.loads(base64.b64decode(payload))["challenge"]["signature"]
        verdict = verify_solution(payload, derive_key("proof"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    seconds = int(PROOF_LIFE.total_seconds())
    return bool(verdict.verified) and take_once("proof", str(signature), seconds=seconds)
