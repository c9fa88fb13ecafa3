"""The words a person reads for states and reasons, in the language of the page."""

from typing import NamedTuple

from mailer.i18n import get_translations, mark


class Word(NamedTuple):
    """`label` names a state over its number, `icon` and `tone` go with it: never colour alone."""

    label: str
    icon: str
    tone: str


_DELIVERY_STATES = {
    "sent": Word(mark("Sent"), "done", "success"),
    "planned": Word(mark("Waiting"), "clock", ""),
    "claimed": Word(mark("On their way"), "send", ""),
    "deferred": Word(mark("Trying again later"), "clock", "warning"),
    "failed": Word(mark("Refused"), "error", "error"),
    "held": Word(mark("Needs a person"), "warning", "warning"),
    "skipped": Word(mark("Left out"), "skip", ""),
}

_DISPATCH_STATES = {
    "sending": Word(mark("Sending"), "send", "info"),
    "finished": Word(mark("Finished"), "done", "success"),
    "held": Word(mark("On hold"), "warning", "warning"),
    "paused": Word(mark("Paused"), "pause", "info"),
    "cancelled": Word(mark("Stopped"), "skip", ""),
}

_SUBSCRIPTION_STATES = {
    "active": Word(mark("Active"), "check", "success"),
    "pending": Word(mark("Not confirmed yet"), "clock", "warning"),
    "paused": Word(mark("Paused"), "pause", "info"),
    "ended": Word(mark("Ended"), "skip", ""),
}


class Role(NamedTuple):
    """What a role is called, and what it may do."""

    label: str
    hint: str


_ROLES = {
    "owner": Role(mark("Owner"), mark("Does everything, and invites others.")),
    "editor": Role(mark("Editor"), mark("Writes issues, looks after lists, and sends.")),
    "approver": Role(mark("Approver"), mark("Looks at issues and sends them, and changes nothing.")),
    "viewer": Role(mark("Viewer"), mark("Sees everything, and changes nothing.")),
}

_CHANNELS = {
    "mail": mark("A reader's own email"),
    "link": mark("A copied link"),
    "app": mark("An app"),
    "qr": mark("The QR code"),
    "tip": mark("A tip that we mailed"),
}

_REASONS = {
    "left": mark("has left the list"),
    "bounced": mark("the address bounced earlier"),
    "complained": mark("reported an earlier mail as spam"),
    "erased": mark("has been erased"),
    "removed": mark("was removed from the list"),
    "paused": mark("has paused the subscription"),
    "unconfirmed": mark("has not confirmed the subscription"),
    "already_sent": mark("got this issue by another list"),
    "cancelled": mark("the dispatch was cancelled"),
    "no_answer": mark("the relay did not answer, so the mail may have arrived"),
    "connection_lost": mark("the connection to the relay was lost"),
    "no_connection": mark("the relay could not be reached"),
    "relay_busy": mark("the relay is busy"),
    "relay_refuses": mark("the relay does not let us in"),
    "no_relay": mark("all relays of the workspace are switched off"),
    "sender_refused": mark("the relay refuses the sender's address"),
    "throttled": mark("the relay asks us to slow down"),
    "mailbox_full": mark("the mailbox is full"),
    "greylisted_or_busy": mark("the receiving server asks us to come back later"),
    "no_such_address": mark("there is no such address"),
    "address_not_ascii": mark("the relay cannot send to an address with such letters"),
    "content_refused": mark("the receiving server refused the mail's content"),
    "refused": mark("the receiving server refused the mail"),
    "gave_up": mark("every new try was put off for two days"),
    "cannot_be_made": mark("the mail could not be made for this reader"),
    "too_many_refused": mark("so many mails were refused that a person should look; nobody was suppressed"),
    "bad_answer": mark("the relay gave an answer that makes no sense"),
}


def state_words(lang: str) -> dict[str, Word]:
    """Return the words for deliveries by state, in the order they are shown."""
    return _translate(_DELIVERY_STATES, lang)


def dispatch_words(lang: str) -> dict[str, Word]:
    return _translate(_DISPATCH_STATES, lang)


def subscription_words(lang: str) -> dict[str, Word]:
    return _translate(_SUBSCRIPTION_STATES, lang)


def role_words(lang: str) -> dict[str, Role]:
    gettext = get_translations(lang).gettext
    return {code: Role(gettext(role.label), gettext(role.hint)) for code, role in _ROLES.items()}


def channel_words(lang: str) -> dict[str, str]:
    """Return the words for the ways by which an issue was passed on, but for partners."""
    gettext = get_translations(lang).gettext
    return {code: gettext(words) for code, words in _CHANNELS.items()}


def reason_words(lang: str) -> dict[str, str]:
    """Return the words for reasons; a code that has none is shown as it is."""
    gettext = get_translations(lang).gettext
    return {code: gettext(words) for code, words in _REASONS.items()}


def _translate(words: dict[str, Word], lang: str) -> dict[str, Word]:
    gettext = get_translations(lang).gettext
    return {code: word._replace(label=gettext(word.label)) for code, word in words.items()}
