"""Reading a join form, whose content type must be known first."""

from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import FormData

from mailer.newsletters.join_form import LONGEST_TEXT
from mailer.web.fields import SentForm

TRAP_FIELD = "website"  # a field that people do not see
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}


@dataclass
class Filled:
    """A join form as it was filled in, to be shown again with nothing lost."""

    email: str = ""
    name: str = ""
    organisation: str = ""
    lists: list[int] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    stamp: str = ""
    trap: str = ""
    issue: str = ""
    via: str = ""
    instead: str = ""  # the address that was proposed, when it was chosen
    kept: str = ""  # the address about which a hint was given
    step: str = ""
    proof: str = ""


def read_filled(request: Request, form: SentForm) -> Filled | None:
    """Return the fields of a form; None when the body is none (a script's JSON sent as text/plain, case D9)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in FORM_TYPES:
        return None
    return Filled(
        email=_text(form, "email", 320),
        name=_text(form, "name", 500),
        organisation=_text(form, "organisation", 500),
        lists=[int(one) for one in form.getlist("list") if isinstance(one, str) and one.isascii() and one.isdigit()],
        answers=read_answers(form),
        stamp=_text(form, "stamp", 200),
        trap=_text(form, TRAP_FIELD, 200),
        issue=_text(form, "issue", 16),
        via=_text(form, "via", 32),
        instead=_text(form, "instead", 320),
        kept=_text(form, "kept", 320),
        step=_text(form, "step", 16),
        proof=_text(form, "altcha", 4000),
    )


def read_answers(form: FormData) -> dict[str, list[str]]:
    """Return the answers to an editor's questions by key."""
    return {
        name[2:]: [one[: LONGEST_TEXT + 1] for one in form.getlist(name) if isinstance(one, str)][:50]
        for name in form
        if name.startswith("a.")
    }


def read_own_answers(form: SentForm) -> dict[str, list[str]]:
    """Return the answers in a form whose other fields are known."""
    return read_answers(form)


def _text(form: FormData, name: str, most: int) -> str:
    value = form.get(name, "")
    return value[: most + 1] if isinstance(value, str) else ""
