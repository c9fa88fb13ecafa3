"""On what terms a relay is used: its share of the work and its limits, as options of its URL or of the workspace's row.

`smtp://host?weight=3&connections=20&per_second=50&per_hour=10000&per_day=100000`. Pure.
"""

import hashlib
from dataclasses import dataclass, fields
from urllib.parse import parse_qs, urlsplit

from mailer.errors import RefusedError
from mailer.relays.address import RelayAddress, parse_relay_url

LARGEST = 1_000_000_000
_ADDRESS_OPTIONS = {"starttls", "auth", "token_file"}


@dataclass(frozen=True)
class RelayTerms:
    """Weight 0 is a standby, used only when all others are down. A limit that is None does not exist."""

    weight: int = 1
    connections: int | None = None  # of one worker process
    per_second: float | None = None
    per_hour: int | None = None
    per_day: int | None = None

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            least = 0 if one.name == "weight" else 0.001 if one.name == "per_second" else 1
            if value is not None and not least <= value <= LARGEST:  # NaN is refused, too
                raise RefusedError(f"A relay's {one.name} is a number from {least} to {LARGEST:,}, not {value}.")


@dataclass(frozen=True)
class RelayOption:
    """A relay that may be used now. `key` is the same in all workers, and after a restart."""

    key: str
    name: str
    address: RelayAddress
    terms: RelayTerms


def parse_relay(url: str) -> tuple[RelayAddress, RelayTerms]:
    """Return address and terms of a relay's URL; RefusedError when it has an option that nobody knows."""
    address = parse_relay_url(url)
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}
    numbers = {name: text for name, text in asked.items() if name not in _ADDRESS_OPTIONS}
    known = {one.name for one in fields(RelayTerms)}
    if strange := sorted(numbers.keys() - known):
        # A misspelt limit would be no limit.
        raise RefusedError(f"The relay's URL has an option that is not known: {strange[0]}.")
    return address, RelayTerms(**{name: _read_number(name, text) for name, text in numbers.items()})  # type: ignore[arg-type]  # whole where it must be


def parse_relay_urls(text: str) -> tuple[RelayOption, ...]:
    """Return the relays of MAILER_SMTP_URL: one or more URLs with blanks between them, no relay twice."""
    options = tuple(_make_option(*parse_relay(url)) for url in text.split())
    if not options:
        raise RefusedError("MAILER_SMTP_URL names no relay.")
    if len({option.key for option in options}) < len(options):
        raise RefusedError("MAILER_SMTP_URL names the same relay twice; give it a weight instead.")
    return options


def _make_option(address: RelayAddress, terms: RelayTerms) -> RelayOption:
    """The key leaves out the password and the terms: who changes those has not got another relay, nor a new quota."""
    identity = f"{address.host}:{address.port}:{address.username}"
    digest = hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()
    return RelayOption(f"relay:{digest}", address.label, address, terms)


def _read_number(name: str, text: str) -> float:
    try:
        return float(text) if name == "per_second" else int(text)
    except ValueError:
        raise RefusedError(f"In the relay's URL, {name} is a number, not {text!r}.") from None
