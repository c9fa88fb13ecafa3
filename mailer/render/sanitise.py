"""Cleaning what editors type: single lines and addresses. Rich text is cleaned in `richtext`.

Every function is idempotent, and raises ValueError with a sentence for the editor when a value cannot be used.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from email_validator import EmailNotValidError, validate_email

# Controls, soft hyphens, byte-order marks and bidirectional overrides carry no meaning here and can hide text.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BREAKS = re.compile("[\t\n\r\u2028\u2029 ]+")
# C0 and C1 controls but the tab, which are all the line breaks of Unicode with the two separators (NEL is U+0085).
_NOT_IN_HEADER = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_BAD_IN_ADDRESS = re.compile(r"""[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff"<>\\^`{|}]""")
_HOST = re.compile(r"(?!-)[^\s/@:?#\[\]]+(\.[^\s/@:?#\[\]]+)+|\[[0-9a-fA-F:.]+\]|localhost")
_PAGE = re.compile(r"[\w-]+(\.[\w-]+)*\.[^\W\d]{2,}(/.*)?")
_TEL = re.compile(r"\+?[0-9][0-9().-]{2,24}")

WEB_SCHEMES = frozenset({"http", "https"})
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def clean_text(value: str) -> str:
    """Drop invisible characters and put the rest in composed form (NFC); spaces and line breaks stay."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", value))


def clean_line(value: str) -> str:
    """Return a trimmed line: one space for each run of blanks and breaks, no invisible characters."""
    return _BREAKS.sub(" ", clean_text(value)).strip()


def clean_one_line(value: str) -> str:
    """Return a clean line for a header of a mail; ValueError when it has line breaks or control characters inside."""
    if _NOT_IN_HEADER.search(value):
        raise ValueError("write it on one line, without line breaks and control characters")
    return clean_line(value)


def clean_link(value: str, schemes: frozenset[str] = LINK_SCHEMES) -> str:
    """Return an absolute address with an allowed scheme, otherwise unchanged; ValueError says what is wrong.

    `www.example.org/page`, as people write it, is a page by https.
    """
    address = unicodedata.normalize("NFC", value.strip(" \t\r\n"))
    if _PAGE.fullmatch(address):
        address = f"https://{address}"
    if _BAD_IN_ADDRESS.search(address):
        raise ValueError("an address cannot contain spaces, quotes, brackets or invisible characters")
    scheme, colon, rest = address.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in schemes:
        raise ValueError(f"write a full address that starts with {_or(schemes)}")
    if scheme in WEB_SCHEMES:
        _check_web_address(address)
    elif scheme == "mailto":
        clean_email(rest.partition("?")[0])
    elif not _TEL.fullmatch(rest):
        raise ValueError("write a telephone number after tel:, digits only")
    return f"{scheme}:{rest}"


def clean_email(value: str) -> str:
    """Return the e-mail address in normal form; only its syntax is looked at."""
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError("write an e-mail address, for example name@example.org") from error


def clean_phone(value: str) -> str:
    """Return a telephone number as it was typed, with non-breaking spaces so that it stays on one line."""
    number = clean_line(value.replace("\u00a0", " "))
    if not re.fullmatch(r"\+?[0-9 ()/–-]{5,30}", number) or sum(map(str.isdigit, number)) < 5:
        raise ValueError("write a telephone number with digits, spaces and hyphens")
    return number.replace(" ", "\u00a0")


def dial(phone: str, country: str = "46") -> str:
    """Return the `tel:` address of a number as typed; a leading zero becomes the country's number."""
    digits = re.sub(r"\(0\)|\D", "", phone)
    if phone.startswith("+"):
        return f"tel:+{digits}"
    if digits.startswith("00"):
        return f"tel:+{digits[2:]}"
    return f"tel:+{country}{digits[1:]}" if digits.startswith("0") else f"tel:{digits}"


def wire_address(address: str) -> str:
    """Return the address in ASCII, as a link's href needs it in old mail clients; a shown address stays as typed."""
    if address.isascii():
        return address
    parts = urlsplit(address)
    host = parts.netloc
    if not host.isascii():
        name, colon, port = host.partition(":")
        host = idna.encode(name, uts46=True).decode() + colon + port
    return urlunsplit((parts.scheme, host, *(quote(part, safe="/%:@!$&'()*+,;=~?") for part in parts[2:])))


def bare_address(address: str) -> str:
    """Return a web address as people write it: without scheme and closing slash."""
    return re.sub(r"^https?://(www\.)?", lambda match: match[1] or "", address).rstrip("/")


def _check_web_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
        if host and not host.isascii():
            idna.encode(host, uts46=True)
    except ValueError as error:  # idna.IDNAError is one, too
        raise ValueError("the address is not well formed") from error
    if parts.username is not None or not address.partition(":")[2].startswith("//"):
        raise ValueError("the address is not well formed")
    if not host or not _HOST.fullmatch(host if ":" not in host else f"[{host}]"):
        raise ValueError("the address has no host name")


def _or(schemes: frozenset[str]) -> str:
    names = [f"{name}:" for name in sorted(schemes)]
    return ", ".join(names[:-1]) + " or " + names[-1]
