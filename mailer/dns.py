"""Whether a domain takes mail at all, as the DNS says; nothing is told to anybody but the operator's own resolver."""

from functools import lru_cache

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver, get_default_resolver

from mailer.config import get_settings

PATIENCE_SECONDS = 2.0
_ADDRESSES = ("AAAA", "A")


@lru_cache(maxsize=2048)
def takes_no_mail(domain: str) -> bool:
    """Tell whether we know that a domain (A-label) takes no mail: unknown, without a server, or with a null MX.

    Whatever cannot be found out in two seconds is not known, and False. RFC 5321 §5.1, RFC 7505 §3.
    """
    settings = get_settings()
    if settings.uses_local_inbox or not settings.checks_mail_domains:
        return False  # nothing leaves this machine, or the operator wants no questions asked
    try:
        answer = _resolver().resolve(domain, "MX", lifetime=PATIENCE_SECONDS)
    except NXDOMAIN:
        return True
    except NoAnswer:
        return not any(_has(domain, kind) for kind in _ADDRESSES)
    except DNSException:
        return False
    return all(str(one.exchange) == "." for one in answer)


def _has(domain: str, kind: str) -> bool:
    """Tell whether a domain has an address, or may have one."""
    try:
        return bool(_resolver().resolve(domain, kind, lifetime=PATIENCE_SECONDS))
    except (NoAnswer, NXDOMAIN):
        return False
    except DNSException:
        return True


def _resolver() -> Resolver:
    return get_default_resolver()
