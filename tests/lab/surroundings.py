"""Faults of what stands around: the disk, the clock, the relay's machine."""

import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.lab.fault import Act, Fault
from tests.lab.measure import Told
from tests.lab.readers import SLOW
from tests.lab.sending import Sending

_AWAY_SECONDS = 3.0
_DISK_MB = 96
_BLOCK = b"\0" * 65_536


def _fill_disk(sending: Sending, told: Told) -> None:
    """The data folder's disk is full for some seconds: database (SQLite), journals and the broker's file with it."""
    filler = sending.plant.data / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            if file.write(_BLOCK) < len(_BLOCK):
                break
    told.in_flight = sending.sink.count_open()
    time.sleep(_AWAY_SECONDS)
    filler.unlink()
    told.healed_at = time.time()


def _jump_clock(seconds: int) -> Act:
    def act(sending: Sending, told: Told) -> None:
        sending.plant.move_clock(seconds)
        told.healed_at = time.time()

    return act


def _change_to_winter_time(sending: Sending, _told: Told) -> None:
    """Nothing to do: the clocks of workers and beat were set to a moment before 03:00 became 02:00 in Stockholm."""


def _set_before_change(sending: Sending) -> None:
    """Let the hour change while the mails go out: on the last Sunday of October at 01:00 UTC."""
    now = datetime.now(UTC)
    day = datetime(now.year + 1, 10, 31, 1, tzinfo=UTC)
    change = day - timedelta(days=(day.weekday() + 1) % 7)
    sending.plant.move_clock((change - timedelta(seconds=2) - now).total_seconds())
    sending.start()


def _kill_relay(sending: Sending, told: Told) -> None:
    """The relay's process is killed and comes back; what it had taken without saying so may come twice."""
    told.in_flight = sending.sink.count_open()
    sending.sink.process.kill()
    time.sleep(_AWAY_SECONDS)
    sending.sink.start()
    told.healed_at = time.time()


def _slow_down(sending: Sending, _told: Told) -> None:
    for rule in (f"rcpt domain={SLOW} first=40: wait=1", "dot share=0.02 first=40: wait=1.5"):
        sending.sink.add_rule(rule)


_CLOCK: dict[str, object] = {"fakes_clock": True}

_ALL = [
    Fault("disk-full", "the data folder's disk is full for 3 s", _fill_disk, shape={"disk_mb": _DISK_MB}),
    Fault("clock-forward", "the workers' clock jumps an hour ahead", _jump_clock(3600), shape=_CLOCK),
    Fault("clock-back", "the workers' clock jumps an hour back", _jump_clock(-3600), shape=_CLOCK),
    Fault(
        "winter-time",
        "03:00 becomes 02:00 while it is being sent",
        _change_to_winter_time,
        shape={"fakes_clock": True, "zone": "Europe/Stockholm"},
        shares=(0.1,),
        prepare=_set_before_change,
    ),
    Fault("dead-relay", "the relay is killed, back after 3 s", _kill_relay),
    Fault("slow-relay", "the relay takes a second or more for some", _slow_down),
]

# A kill strikes every dispatch of the plant, and in slow motion there is more of it to strike.
FAULTS = [replace(fault, alone=True, latency=0.05) for fault in _ALL]
