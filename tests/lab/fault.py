"""What a fault is: what is done to a dispatch when a share of its mails has gone out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.lab.measure import Told
from tests.lab.sending import Sending

Act = Callable[[Sending, Told], None]
SHARES = (0.1, 0.5, 0.95)


@dataclass(frozen=True)
class Fault:
    """`act` does it and tells what to expect; the dispatch is then brought to its end and measured."""

    name: str
    about: str
    act: Act
    quick: bool = False  # in `make test`
    quick_at: float = 0.5
    shares: tuple[float, ...] = SHARES
    options: tuple[str, ...] = ()  # of the sink
    rules: tuple[str, ...] = ()  # of the sink, from the start
    shape: dict[str, object] = field(default_factory=dict)  # what the plant must have
    tls: bool = False  # the relay asks for TLS and a password
    is_secure_url: bool = False  # only the product's side asks for it; `options` say what the relay does
    alone: bool = False  # it strikes the whole plant; others share it, several dispatches at a time
    latency: float = 0.02  # seconds to each answer, so that there is a middle to do something in
    at_least: int = 0  # recipients
    at_most: int = 1_000_000
    prepare: Callable[[Sending], None] | None = None  # before the start
