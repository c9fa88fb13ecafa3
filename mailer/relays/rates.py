"""How many mails a second may go to the readers of a domain: what MAILER_DOMAIN_RATES says. Pure.

    gmail.com,googlemail.com=20/s outlook.com,hotmail.com,live.com=300/min *=5/s

Domains with commas between them are one provider and share the rate; `*` is the rate of every other domain by itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.errors import RefusedError

_SECONDS = {"s": 1, "min": 60, "h": 3600}
_ENTRY = re.compile(r"(?P<domains>[^=\s]+)=(?P<count>\d+(?:\.\d+)?)/(?P<unit>s|min|h)")


@dataclass(frozen=True)
class DomainRates:
    """`provider` of each domain that was named, `per_second` of each provider, and of every other domain."""

    provider: Mapping[str, str] = field(default_factory=dict)
    per_second: Mapping[str, float] = field(default_factory=dict)
    others_per_second: float | None = None

    def provider_of(self, domain: str) -> str:
        """Return the name under which a domain is counted: the first one of its group, else its own."""
        lower = domain.lower()
        return self.provider.get(lower, lower)

    def rate_of(self, provider: str) -> float | None:
        """Return the mails per second a provider takes; None when that is not limited."""
        return self.per_second.get(provider, self.others_per_second)


def parse_domain_rates(text: str) -> DomainRates:
    """Return the rates of a setting; RefusedError shows the part that is not understood."""
    provider: dict[str, str] = {}
    per_second: dict[str, float] = {}
    for part in text.split():
        match = _ENTRY.fullmatch(part.lower())
        domains = match["domains"].split(",") if match else []
        rate = float(match["count"]) / _SECONDS[match["unit"]] if match else 0.0
        if not all(domains) or rate <= 0 or ("*" in domains and len(domains) > 1):
            raise RefusedError(f"MAILER_DOMAIN_RATES: {part!r} is not like gmail.com,googlemail.com=20/s.")
        if twice := [domain for domain in domains if domain in provider]:
            raise RefusedError(f"MAILER_DOMAIN_RATES names {twice[0]} twice.")
        provider.update(dict.fromkeys(domains, domains[0]))
        per_second[domains[0]] = rate
    return DomainRates(provider, per_second, per_second.get("*"))
