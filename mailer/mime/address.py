"""Mail addresses: what we accept, the form we keep, the key that makes one mailbox one row, the form on the wire.

Pure and without DNS. Header and envelope forms are told apart by name: `address` is for people and headers,
`envelope_address` for MAIL FROM and RCPT TO.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailSyntaxError, validate_email

LONGEST_LOCAL_OCTETS = 64  # RFC 5321 §4.5.3.1.1
LONGEST_OCTETS = 254  # RFC 5321 §4.5.3.1.3: a path of 256 octets with its two angle brackets
LONGEST_KEY = 320  # the column; compatibility forms can grow: one Arabic ligature becomes 18 letters

_SPECIAL_ENDINGS = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
_ATOM = r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+"
_PLAIN_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# A label whose third and fourth octets are hyphens is Punycode or reserved (RFC 5890 §2.3.1): the library judges it.
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!..--)(?:[a-z0-9][a-z0-9-]{{0,61}})?[a-z]")


class Address(NamedTuple):
    """A mailbox: `address` to keep and show, `key` equal for every spelling of the same mailbox."""

    address: str
    key: str


def parse_address(text: str) -> Address:
    """Return the mailbox that `text` names; ValueError with a sentence for the person who typed it.

    `address` keeps the local part as typed (RFC 5321 §2.4: only the receiving host may interpret it), in NFC, and the
    domain in lower case as U-label. `key` is documented in docs/reference/subscriber-import.md.
    """
    return parse_plain(text) or parse_any(text)


def parse_plain(text: str) -> Address | None:
    """Return the same as `parse_any` in a small part of the time, or None when the address is not plain ASCII."""
    if len(text) > LONGEST_OCTETS or not text.isascii():
        return None
    local, _, typed_domain = text.rpartition("@")
    if len(local) > LONGEST_LOCAL_OCTETS or not _PLAIN_LOCAL.fullmatch(local):
        return None
    domain = _find_plain_domain(typed_domain)
    if not domain:
        return None
    return Address(f"{local}@{domain}", f"{local.lower()}@{domain}")


@lru_cache(maxsize=4096)
def _find_plain_domain(typed: str) -> str:
    """Return a plain ASCII host name in lower case, or nothing when the library has to look at it."""
    domain = typed.lower()
    if not _PLAIN_DOMAIN.fullmatch(domain):
        return ""
    return "" if f".{domain}".endswith(_SPECIAL_ENDINGS) else domain


def parse_any(text: str) -> Address:
    """Parse as `parse_address` does, always by way of the library."""
    text = text.strip(" \t\u00a0")
    if not text:
        raise ValueError("There is no address.")
    if len(text) > LONGEST_OCTETS:
        raise ValueError(f"An address has at most {LONGEST_OCTETS} characters.")
    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailSyntaxError as error:
        raise ValueError(str(error)) from None
    # The library lower-cases some local parts (RFC 2142); what was typed is kept for sending.
    local = unicodedata.normalize("NFC", text[: text.rindex("@")])
    if len(local.encode()) > LONGEST_LOCAL_OCTETS:
        raise ValueError(f"The part before the @-sign has more than {LONGEST_LOCAL_OCTETS} octets.")
    key = f"{_fold(local)}@{valid.ascii_domain}"
    if len(key) > LONGEST_KEY:
        raise ValueError("The address is too long when its characters are written out.")
    return Address(f"{local}@{valid.domain}", key)


def envelope_address(address: str) -> str:
    """Return `address` with its domain as A-label, as RCPT TO needs it (RFC 5891 §4); the local part is untouched."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def needs_smtputf8(address: str) -> bool:
    """Whether only a relay with SMTPUTF8 (RFC 6531) can take this address: its local part is not ASCII."""
    return not address.rpartition("@")[0].isascii()


def mask_address(address: str) -> str:
    """Return `a•••@example.org`: enough for the owner to know it, too little for a stranger to use it."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}"


def _fold(local: str) -> str:
    # Unicode 3.13 D146: compatibility caseless matching, which also makes full-width letters plain.
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", local).casefold())
    return unicodedata.normalize("NFKC", once.casefold())
