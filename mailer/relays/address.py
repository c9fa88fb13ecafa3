"""What a relay's URL says of how to reach it: `smtp://user:pass@host:port`, `smtps://…`, and after the question mark
`starttls=required|off`, `auth=xoauth2`, `token_file=…`. Pure.
"""

import ipaddress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, unquote, urlsplit

from mailer.errors import RefusedError

_NOT_A_URL = (
    "The relay's URL is not smtp://user:password@host:port. "
    "In user and password, special characters such as # / ? @ : are percent-encoded."
)


class Security(Enum):
    """How the connection is protected. There is no "if offered": an attacker on the way would just not offer it."""

    IMPLICIT_TLS = "implicit TLS"  # RFC 8314 §3.3, smtps://
    STARTTLS = "STARTTLS"  # RFC 3207, required
    NONE = "none"


class SignIn(Enum):
    """How we tell the relay who we are, when there is a user name."""

    OFFERED = "as offered"  # the best of what the relay offers: CRAM-MD5, PLAIN (RFC 4616), LOGIN
    XOAUTH2 = "XOAUTH2"  # Google's and Microsoft's way to present an OAuth 2.0 access token (RFC 6750)


@dataclass(frozen=True)
class RelayAddress:
    """A relay to connect to. The password never shows in a repr, a log line or an error.

    With XOAUTH2 the access token is the content of `token_file`, which a program of the operator keeps fresh, or else
    the password. `relays.access` reads it: tokens live for an hour, so it is read anew for every connection.
    """

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    sign_in: SignIn = SignIn.OFFERED
    token_file: str = ""

    @property
    def label(self) -> str:
        """Host and port, for logs and pages."""
        return f"{self.host}:{self.port}"


def parse_relay_url(url: str) -> RelayAddress:
    """Return the relay of a URL; RefusedError says what is wrong with it, without repeating the password.

    smtp:// asks for STARTTLS, except to this machine itself; `?starttls=off` turns that off.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise RefusedError(_NOT_A_URL) from None
    if parts.scheme not in {"smtp", "smtps"}:
        raise RefusedError("The relay's URL must begin with smtp:// or smtps://.")
    if parts.path not in {"", "/"} or parts.fragment or port == 0:
        raise RefusedError(_NOT_A_URL)
    if not host:
        raise RefusedError("The relay's URL names no host.")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    security = _read_security(parts.scheme, host, asked.get("starttls", ""))
    default_port = 465 if parts.scheme == "smtps" else 587 if parts.username else 25
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    sign_in, token_file = _read_sign_in(asked, username, password)
    return RelayAddress(host, port or default_port, security, username, password, sign_in, token_file)


def _read_security(scheme: str, host: str, asked: str) -> Security:
    if asked not in {"", "required", "off"}:
        raise RefusedError("In the relay's URL, starttls is either required or off.")
    if scheme == "smtps":
        return Security.IMPLICIT_TLS
    if asked == "required" or (not asked and not is_loopback(host)):
        return Security.STARTTLS
    return Security.NONE


def _read_sign_in(asked: dict[str, str], username: str, password: str) -> tuple[SignIn, str]:
    token_file = asked.get("token_file", "")
    if asked.get("auth", "xoauth2") != "xoauth2":
        raise RefusedError("In the relay's URL, auth can only be xoauth2; without it the password is used.")
    if "auth" not in asked:
        if token_file:
            raise RefusedError("In the relay's URL, token_file needs auth=xoauth2 beside it.")
        return SignIn.OFFERED, ""
    if not username or bool(password) == bool(token_file):
        raise RefusedError("A relay with auth=xoauth2 needs a user name, and a token_file or a token as password.")
    return SignIn.XOAUTH2, token_file


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, so that nobody can listen on the way."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
