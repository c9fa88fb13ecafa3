"""What the sink offers after EHLO, how far away it is, and who may sign in."""

from dataclasses import dataclass
from pathlib import Path

STARTTLS, IMPLICIT = "starttls", "implicit"


@dataclass(frozen=True)
class Offer:
    """The relay's extensions and manners; the defaults are a fast relay on the same machine."""

    pipelining: bool = True  # RFC 2920
    size: int = 50_000_000  # octets, RFC 1870; 0 does not offer it
    smtputf8: bool = False  # RFC 6531
    tls: str = ""  # "", STARTTLS (RFC 3207) or IMPLICIT (RFC 8314)
    certificate: str = "good"  # one of `certificates.KINDS`, of an authority that the sink makes itself
    certificate_file: Path | None = None  # another one, that somebody trusts
    extra_before_tls: bool = False  # forged replies behind the 220 of STARTTLS, as from a man in the middle
    username: str = ""  # then AUTH is offered, and required before MAIL
    password: str = ""
    latency: float = 0.0  # seconds from the octets to the reply: a round trip over a real network

    def ehlo(self, *, secure: bool) -> str:
        """Return the reply to EHLO."""
        offered = ["sink.example.org"]
        if self.pipelining:
            offered.append("PIPELINING")
        if self.size:
            offered.append(f"SIZE {self.size}")
        if self.smtputf8:
            offered += ["8BITMIME", "SMTPUTF8"]
        if self.tls == STARTTLS and not secure:
            offered.append("STARTTLS")
        if self.username:
            offered.append("AUTH PLAIN LOGIN XOAUTH2")
        offered.append("ENHANCEDSTATUSCODES")
        return "\r\n".join([f"250-{line}" for line in offered[:-1]] + [f"250 {offered[-1]}"])
