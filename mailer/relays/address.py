"""What a relay's URL says: `smtp://user:pass@host:port`, `smtps://…`, `?starttls=required|off`. Pure."""

import ipaddress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, unquote, urlsplit

from mailer.errors import RefusedError


class Security(Enum):
    """How the connection is protected. There is no "if offered": an attacker on the way would just not offer it."""

    IMPLICIT_TLS = "implicit TLS"  # RFC 8314 §3.3, smtps://
    STARTTLS = "STARTTLS"  # RFC 3207, required
    NONE = "none"


@dataclass(frozen=True)
class RelayAddress:
    """A relay to connect to. The password never shows in a repr, a log line or an error."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """Host and port, for logs and pages."""
        return f"{self.host}:{self.port}"


def parse_relay_url(url: str) -> RelayAddress:
    """Return the relay of a URL; RefusedError says what is wrong with it, without repeating the password.

    smtp:// asks for STARTTLS, except to this machine itself; `?starttls=off` turns that off.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"}:
        raise RefusedError("The relay's URL must begin with smtp:// or smtps://.")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise RefusedError("The relay's URL has no valid port.") from None
    if not host:
        raise RefusedError("The relay's URL names no host.")
    asked = parse_qs(parts.query).get("starttls", [""])[-1]
    if asked not in {"", "required", "off"}:
        raise RefusedError("In the relay's URL, starttls is either required or off.")
    if parts.scheme == "smtps":
        security = Security.IMPLICIT_TLS
    elif asked == "required" or (not asked and not _is_loopback(host)):
        security = Security.STARTTLS
    else:
        security = Security.NONE
    default_port = 465 if parts.scheme == "smtps" else 587 if parts.username else 25
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    return RelayAddress(host, port or default_port, security, username, password)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
