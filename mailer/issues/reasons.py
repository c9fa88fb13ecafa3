"""What is wrong with a field, in the language of the page. Pure.

Kinds and field types say it in English, as a command line shows it; here each sentence has its place in the catalogue,
and those with values are recognised by their shape.
"""

import re

from mailer.i18n import get_translations, mark

SENTENCES = (
    mark("is required"),
    mark("must be text"),
    mark("must be a whole number"),
    mark("give an asset (a file of your own) or a url"),
    mark("give a quote, or an interview with questions and answers"),
    mark("give answers that differ"),
    mark("give an email or a url to sign up at"),
    mark("give a start, or in words when it is meant to be (tentative)"),
    mark("the end must come after the start"),
    mark("the rsvp_deadline must not come after the start"),
    mark("give a place, or an online_url"),
    mark("give the address of your page there, not one that shares something"),
    mark("write date and time, for example 2016-12-06T12:00+01:00"),
    mark("write a date that exists, for example 2016-12-06"),
    mark("there is no such time on that day: the clock is put forward"),
    mark("write a time, for example 16:30"),
    mark("name an asset: its content hash, or a file name without folders"),
    mark("describe the image (alt), or mark it as decorative"),
    mark("write it on one line, without line breaks and control characters"),
    mark("an address cannot contain spaces, quotes, brackets or invisible characters"),
    mark("write an e-mail address, for example name@example.org"),
    mark("write a telephone number with digits, spaces and hyphens"),
    mark("the address is not well formed"),
    mark("the address has no host name"),
    mark("a merge field is written {{fornamn|läsare}}, without other braces inside"),
)
OR = mark("or")
# With values: each {} of the sentence stands for what one group of the pattern has caught.
SHAPES = (
    (re.compile(r"at most (\d+) characters, now (\d+)"), mark("at most {} characters, now {}")),
    (re.compile(r"at most (\d+) characters(?: with markup)?"), mark("at most {} characters")),
    (re.compile(r"at most (\d+) entries"), mark("at most {} rows")),
    (re.compile(r"at least (\d+)"), mark("at least {}")),
    (re.compile(r"at most (\d+)"), mark("at most {}")),
    (re.compile(r"write a date between (\d+) and (\d+)"), mark("write a date between {} and {}")),
    (re.compile(r"write a full address that starts with (.+)"), mark("write a full address that starts with {}")),
    (re.compile(r"there is no merge field (.+); the fields are .+"), mark("there is no merge field {}")),
    (re.compile(r"write what readers without a value see(.+)"), mark("write what readers without a value see{}")),
    (re.compile(r"must be (.+)"), mark("choose one of these: {}")),
)  # fmt: skip


def translate_reason(reason: str, lang: str) -> str:
    """Return the reason in a language; one that is not known is shown as it is."""
    gettext = get_translations(lang).gettext
    if reason in SENTENCES:
        return gettext(reason)
    for pattern, sentence in SHAPES:
        if found := pattern.fullmatch(reason):
            return gettext(sentence).format(*(f" {gettext(OR)} ".join(one.split(" or ")) for one in found.groups()))
    return gettext(reason)
