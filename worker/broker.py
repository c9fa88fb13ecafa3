"""A mend of kombu's Redis transport: a worker outlives a broker that goes away in the middle of its work.

A channel whose connection has been closed fails to give back or acknowledge its jobs with an AttributeError (kombu 5.7;
celery/kombu#582 shows the same). Celery expects connection errors there, and the AttributeError ended the worker in
about half of the kills of the broker by the lab. Jobs are wake-up calls, so that nothing hangs on one that is not
acknowledged.
"""

from typing import Any

from kombu.transport import redis as transport
from redis.exceptions import ConnectionError as BrokerGoneError


class Channel(transport.Channel):
    """A channel that says that its connection is closed."""

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: ANN401 - kombu's own
        if self.connection is None or self.connection.client is None:
            raise BrokerGoneError("the connection to the broker has been closed")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[no-untyped-call]  # it ships no types


def mend_transport() -> None:
    """Make kombu use this channel."""
    transport.Transport.Channel = Channel
