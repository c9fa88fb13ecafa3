"""The names of what a worker spends its time on: shared by the engine's clock, the database and monitoring. Pure.

A connection is in one stage at a time, so that the seconds of its stages add up to its life. `slice` and `busy` are of
the worker and not of a connection: the time of its slices, and how much of it the processor had work to do.
"""

from collections.abc import Mapping

CLAIM = "claim"  # waiting for readers: the database gives a batch, or somebody else takes one; count: batches
COMPOSE = "compose"  # making mails; count: mails
CONNECT = "connect"  # connecting, TLS and AUTH; count: connections opened
WAIT = "wait"  # for the relay's answers; count: round trips
RECORD = "record"  # writing results; count: transactions
LIMITED = "limited"  # held back by a rate, a quota or a relay that asked for less; count: waits
IDLE = "idle"  # nothing to do; count: times
SLICE = "slice"  # count: slices
BUSY = "busy"  # processor seconds of the engine's thread; count: slices
LOST = "lost"  # count: leases that another worker took over

OF_CONNECTION = (CLAIM, COMPOSE, CONNECT, WAIT, RECORD, LIMITED, IDLE)
STAGES = (*OF_CONNECTION, SLICE, BUSY, LOST)

# Seconds and how often, by stage; what is not named is nothing.
Spent = Mapping[str, tuple[float, int]]
