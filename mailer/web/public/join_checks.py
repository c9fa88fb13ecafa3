"""What was typed into a join form: what is wrong with it, said at its field, and hints that one may overrule."""

from collections.abc import Mapping

from mailer.dns import takes_no_mail
from mailer.i18n import mark
from mailer.lists.models import MailingList
from mailer.mime.address import envelope_address, parse_address
from mailer.mime.typos import suggest_address
from mailer.newsletters.join_form import BETWEEN, JoinField, JoinForm
from mailer.subscribers.managing import LONGEST_NAME, LONGEST_ORGANISATION
from mailer.web.forms import Faults
from mailer.web.public.join_fields import Filled

EMPTY = mark("Enter your email address")
NO_AT = mark("Enter an email address with an @, like name@example.com")
NO_ADDRESS = mark("This is not an email address. Check the spelling.")
NO_LIST = mark("Choose at least one mailing")
NAME_LONG = mark("Name must be 80 characters or fewer")
ORGANISATION_LONG = mark("Organisation must be 120 characters or fewer")
ANSWER = mark("Answer this, or choose one of the answers")
MEANT = mark("Did you mean {suggestion}? Choose it or keep what you typed.")
NO_SERVER = mark("We cannot find a mail server for {domain}. Check the spelling.")


def check_typed(filled: Filled, lists: list[MailingList], form: JoinForm, faults: Faults) -> set[int] | None:
    """Note every fault; return the ids of the lists that were chosen."""
    filled.email = filled.email.strip()
    if not filled.email:
        faults.add("email", EMPTY)
    elif "@" not in filled.email:
        faults.add("email", NO_AT)
    else:
        try:
            parse_address(filled.email)
        except ValueError:
            faults.add("email", NO_ADDRESS)
    check_facts(filled.name, filled.organisation, faults)
    check_answers(form.fields, filled.answers, faults)
    chosen = {lists[0].id} if len(lists) == 1 else {one.id for one in lists} & set(filled.lists)
    if lists and not chosen:
        faults.add("list", NO_LIST)
    return chosen or None


def check_facts(name: str, organisation: str, faults: Faults) -> None:
    for field, value, most, words in (
        ("name", name, LONGEST_NAME, NAME_LONG),
        ("organisation", organisation, LONGEST_ORGANISATION, ORGANISATION_LONG),
    ):
        if len(value) > most or not value.isprintable():
            faults.add(field, words)


def check_answers(
    fields: tuple[JoinField, ...],
    answers: dict[str, list[str]],
    faults: Faults,
    stored: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """Return the answers to the editor's questions as they are kept; note those that cannot be one.

    What is `stored` and was left as it is stays, even when it could not be given any more: lists are imported, too.
    """
    kept = {}
    for one in fields:
        given = answers.get(one.key, [])
        if stored and one.key in stored and BETWEEN.join(given) == str(stored[one.key]):
            continue
        try:
            kept[one.key] = one.read(given)
        except ValueError:
            faults.add(f"a.{one.key}", ANSWER)
    return kept


def hint_at_address(filled: Filled, faults: Faults) -> str:
    """Ask once about an address that is probably misspelt; return the one that was probably meant, if any.

    Nothing here depends on who subscribes.
    """
    if filled.email == filled.kept:
        return ""
    suggestion = suggest_address(filled.email)
    domain = envelope_address(filled.email).rpartition("@")[2]
    if suggestion:
        faults.add("email", MEANT, suggestion=suggestion)
    elif takes_no_mail(domain):
        faults.add("email", NO_SERVER, domain=domain)
    return suggestion
