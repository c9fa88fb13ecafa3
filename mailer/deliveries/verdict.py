"""Where the time of a dispatch went, in figures and in plain words that promise no more than the figures say. Pure.

What a connection waits for is the relay's time only while the worker has little to compute: an answer that lies unread
looks late. So it is asked first how busy the worker was.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mailer.deliveries import stages
from mailer.deliveries.stages import OF_CONNECTION, Spent

_BUSY, _HALF_BUSY, _MUCH_LIMITED, _FEW_MAILS = 0.85, 0.5, 0.3, 20
_NOTHING = (0.0, 0)


@dataclass(frozen=True)
class Share:
    """One stage: `share` is of all connections' time, `us_per_mail` microseconds."""

    stage: str
    seconds: float
    share: float
    count: int
    us_per_mail: float | None


@dataclass(frozen=True)
class Times:
    """Everything that is told of a dispatch's time; `mails_per_second` is of one worker while it works on it."""

    shares: tuple[Share, ...]
    mails: int
    connections_opened: int
    round_trips: int
    slices: int
    slice_seconds: float
    leases_lost: int
    busy_share: float | None
    mails_per_second: float | None
    limited_seconds: float
    verdict: str


def weigh(spent: Spent) -> Times:
    """Return the figures and the verdict."""
    total = sum(spent.get(stage, _NOTHING)[0] for stage in OF_CONNECTION)
    mails = spent.get(stages.COMPOSE, _NOTHING)[1]
    shares = tuple(
        Share(stage, seconds, seconds / total if total else 0.0, count, seconds / mails * 1e6 if mails else None)
        for stage in OF_CONNECTION
        for seconds, count in [spent.get(stage, _NOTHING)]
    )
    slice_seconds, slices = spent.get(stages.SLICE, _NOTHING)
    busy = spent.get(stages.BUSY, _NOTHING)[0]
    busy_share = min(1.0, busy / slice_seconds) if busy and slice_seconds else None
    return Times(
        shares=shares,
        mails=mails,
        connections_opened=spent.get(stages.CONNECT, _NOTHING)[1],
        round_trips=spent.get(stages.WAIT, _NOTHING)[1],
        slices=slices,
        slice_seconds=slice_seconds,
        leases_lost=spent.get(stages.LOST, _NOTHING)[1],
        busy_share=busy_share,
        mails_per_second=mails / slice_seconds if mails and slice_seconds else None,
        limited_seconds=spent.get(stages.LIMITED, _NOTHING)[0],
        verdict=_judge({one.stage: one for one in shares}, mails, busy_share),
    )


def _judge(shares: dict[str, Share], mails: int, busy_share: float | None) -> str:
    if not any(one.seconds for one in shares.values()):
        return "No worker has spent any time on it yet."
    if shares[stages.LIMITED].share >= _MUCH_LIMITED:
        held = f"Limits hold it back {_percent(shares[stages.LIMITED].share)} of the time."
        return f"{held} It would be faster with a higher rate or quota of the relay, and not otherwise."
    if busy_share is not None and busy_share >= _BUSY:
        return f"The worker computes {_percent(busy_share)} of the time. {_OTHERWISE}"
    most = max(shares.values(), key=lambda one: one.seconds)
    return _SENTENCES[most.stage](most, mails, busy_share)


_OTHERWISE = (
    "More processes (MAILER_WORKER_PROCESSES) would help while there are processors; more connections would not."
)


def _blame_relay(one: Share, _mails: int, busy_share: float | None) -> str:
    said = f"The relay takes {_percent(one.share)} of the time: it answers after {_span(one)}."
    if busy_share is not None and busy_share >= _HALF_BUSY:
        return f"{said} The worker computes {_percent(busy_share)} of it, so that more connections would help little."
    return f"{said} More connections (MAILER_SMTP_CONNECTIONS, the relay's own) would help if it takes more at once."


def _blame_connecting(one: Share, mails: int, _busy_share: float | None) -> str:
    said = f"Connecting takes {_percent(one.share)} of the time: {_span(one)} each."
    each = mails / one.count if one.count else 0.0
    if one.count and each < _FEW_MAILS:
        return f"{said} A connection carries {each:.0f} mails only: the relay ends them, or can hardly be reached."
    return f"{said} With fewer connections there would be less of it."


def _blame_claiming(one: Share, _mails: int, _busy_share: float | None) -> str:
    return (
        f"Connections wait for readers {_percent(one.share)} of the time: {_span(one)} for each batch. "
        "The database is slow, or there are more workers than work."
    )


def _blame_recording(one: Share, _mails: int, _busy_share: float | None) -> str:
    return f"Writing results takes {_percent(one.share)} of the time: {_span(one)} each. The database is what is slow."


def _blame_composing(one: Share, _mails: int, _busy_share: float | None) -> str:
    return f"Making mails takes {_percent(one.share)} of the time: {_span(one)} each. {_OTHERWISE}"


def _blame_limits(one: Share, _mails: int, _busy_share: float | None) -> str:
    return f"Limits hold it back {_percent(one.share)} of the time, and nothing else takes more."


def _blame_nobody(one: Share, _mails: int, _busy_share: float | None) -> str:
    return f"Connections had nothing to do {_percent(one.share)} of the time: fewer would do the same."


_SENTENCES: dict[str, Callable[[Share, int, float | None], str]] = {
    stages.CLAIM: _blame_claiming,
    stages.COMPOSE: _blame_composing,
    stages.CONNECT: _blame_connecting,
    stages.WAIT: _blame_relay,
    stages.RECORD: _blame_recording,
    stages.LIMITED: _blame_limits,
    stages.IDLE: _blame_nobody,
}


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _span(one: Share) -> str:
    """Return how long one time took, in a unit that fits."""
    seconds = one.seconds / max(1, one.count)
    if seconds >= 1:
        return f"{seconds:.1f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.0f} µs"
