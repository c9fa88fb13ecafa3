"""Trying a relay out: connect, secure, sign in as the engine would, and read what it offers. No mail is sent.

With `smtplib`, since commands are synchronous and do not know the worker; the engine speaks through aiosmtplib.
"""

import smtplib
import ssl
from dataclasses import dataclass
from typing import Any

from mailer.errors import RefusedError
from mailer.relays.access import read_access_token
from mailer.relays.address import RelayAddress, Security, SignIn
from mailer.relays.terms import RelayOption

_SECONDS = 15


@dataclass(frozen=True)
class Finding:
    """What a relay offers (keywords of EHLO in capitals, with their words), or the sentence that says why not."""

    relay: str
    address: RelayAddress
    offers: dict[str, str]
    error: str = ""


def probe(option: RelayOption) -> Finding:
    """Talk to a relay for some seconds at the most; what goes wrong is in the finding."""
    address, stage, offers = option.address, "connect", {}
    try:
        with _connect(address) as smtp:
            if address.security is Security.STARTTLS:
                stage = "STARTTLS"
                smtp.starttls(context=ssl.create_default_context())
            stage = "EHLO"
            smtp.ehlo_or_helo_if_needed()
            offers = {keyword.upper(): words.strip() for keyword, words in smtp.esmtp_features.items()}
            stage = "sign in"
            _sign_in(smtp, address)
    except (smtplib.SMTPException, OSError, ValueError, RefusedError) as error:
        return Finding(option.name, address, offers, f"{stage}: {_explain(error)}")
    return Finding(option.name, address, offers)


def describe(finding: Finding) -> dict[str, Any]:
    """Return a row for a table or for JSON."""
    offers = finding.offers
    return {
        "relay": finding.relay,
        "address": finding.address.label,
        "security": finding.address.security.value,
        "result": finding.error or "ready",
        "pipelining": "PIPELINING" in offers,
        "smtputf8": "SMTPUTF8" in offers,
        "size": int(offers["SIZE"]) if offers.get("SIZE", "").isdigit() else None,
        "sign_in": offers.get("AUTH", ""),
    }


def _connect(address: RelayAddress) -> smtplib.SMTP:
    if address.security is Security.IMPLICIT_TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(address.host, address.port, timeout=_SECONDS, context=context)
    return smtplib.SMTP(address.host, address.port, timeout=_SECONDS)


def _sign_in(smtp: smtplib.SMTP, address: RelayAddress) -> None:
    if not address.username:
        return
    if address.sign_in is not SignIn.XOAUTH2:
        smtp.login(address.username, address.password)
        return
    words = f"user={address.username}\x01auth=Bearer {read_access_token(address)}\x01\x01"
    # A challenge here is a refusal with its reasons; an empty answer brings the reply with the code.
    smtp.auth("XOAUTH2", lambda challenge=None: words if challenge is None else "")


def _explain(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {words}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not good: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error}"
    return str(error) or type(error).__name__
