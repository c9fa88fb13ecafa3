"""Which relay the next connection goes to: by weight among those that are up, a standby when none is. Pure."""

from collections.abc import Collection, Mapping, Sequence

from mailer.relays.terms import RelayOption


def choose_option(
    options: Sequence[RelayOption],
    chance: float,
    *,
    down: Collection[str] = (),
    connections: Mapping[str, int] | None = None,
) -> RelayOption | None:
    """Return a relay that is not in `down` (keys); `chance` is from 0 to below 1. None when there is none now.

    `connections` says how many this process has open to each. A relay whose connections are all in use is not chosen,
    but it is up: the standby waits until every other relay is down, not until they are busy.
    """
    up = [option for option in options if option.key not in down]
    ranks = [option for option in up if option.terms.weight] or up
    free = [option for option in ranks if _has_room(option, connections or {})]
    if not free:
        return None
    point = chance * sum(option.terms.weight or 1 for option in free)
    for option in free:
        point -= option.terms.weight or 1
        if point < 0:
            return option
    return free[-1]  # what rounding leaves over


def _has_room(option: RelayOption, connections: Mapping[str, int]) -> bool:
    most = option.terms.connections
    return most is None or connections.get(option.key, 0) < most
