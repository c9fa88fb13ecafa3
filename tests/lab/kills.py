"""Faults: processes that are killed, or asked to stop."""

import contextlib
import os
import signal
import time
from dataclasses import replace

from tests.lab.fault import Fault
from tests.lab.measure import Told
from tests.lab.processes import Process, wait_until
from tests.lab.sending import Sending

_AWAY_SECONDS = 2.0
_DRAIN_SECONDS = 30.0


def _kill_child(sending: Sending, told: Told) -> None:
    """One of the processes that send; its parent starts another."""
    told.in_flight = sending.plant.shape.connections
    os.kill(sending.plant.workers[0].list_children()[0], signal.SIGKILL)
    told.healed_at = time.time()


def _kill_worker(sending: Sending, told: Told) -> None:
    told.in_flight = sending.sink.count_open()
    sending.plant.workers[0].kill()
    _restart(sending.plant.workers[0], told)


def _kill_all_workers_ten_times(sending: Sending, told: Told) -> None:
    """As soon as mails flow again, the next one; until ten are done or everything has been sent."""
    for _ in range(10):
        told.in_flight += sending.sink.count_open()
        for worker in sending.plant.workers:
            worker.kill()
        before = sending.sink.count_lines()
        for worker in sending.plant.workers:
            _restart(worker, told)
        if not wait_until(lambda: sending.sink.count_lines() > before, 15):  # noqa: B023 - called at once
            break


def _stop_worker(sending: Sending, told: Told) -> None:
    """What a deploy does: SIGTERM, and a new worker when the old one has gone."""
    for worker in sending.plant.workers:
        worker.ask_to_stop()
    for worker in sending.plant.workers:
        if worker.wait(_DRAIN_SECONDS) is None:
            told.complaints.append(f"{worker.name} did not stop within {_DRAIN_SECONDS:.0f} s")
            worker.kill()
    for worker in sending.plant.workers:
        _restart(worker, told)


def _kill_web(sending: Sending, told: Told) -> None:
    sending.plant.web.kill()
    _restart(sending.plant.web, told)


def _kill_beat(sending: Sending, told: Told) -> None:
    sending.plant.beat.kill()
    _restart(sending.plant.beat, told)


def _kill_broker(sending: Sending, told: Told) -> None:
    sending.plant.broker.kill()
    time.sleep(_AWAY_SECONDS)
    _restart(sending.plant.broker, told)


def _wipe_broker(sending: Sending, told: Told) -> None:
    sending.plant.broker.kill()
    sending.plant.wipe_broker()
    time.sleep(_AWAY_SECONDS)
    _restart(sending.plant.broker, told)


def _wipe_broker_and_kill_workers(sending: Sending, told: Told) -> None:
    """Nothing is left but the database and the journals."""
    told.in_flight = sending.sink.count_open()
    sending.plant.broker.kill()
    for worker in sending.plant.workers:
        worker.kill()
    sending.plant.wipe_broker()
    sending.plant.broker.start()
    for worker in sending.plant.workers:
        _restart(worker, told)


def _kill_postgres(sending: Sending, told: Told) -> None:
    """The server and its children at once; what is sent meanwhile must be known to the journals, so nobody gets two."""
    postgres = sending.plant.postgres
    if postgres is None:
        raise RuntimeError("this fault needs PostgreSQL")
    postgres.kill()
    time.sleep(_AWAY_SECONDS)
    sending.plant.restart_postgres()
    told.healed_at = time.time()


def _kill_postgres_and_workers(sending: Sending, told: Told) -> None:
    """Only the journals know what was sent while the database was away."""
    postgres = sending.plant.postgres
    if postgres is None:
        raise RuntimeError("this fault needs PostgreSQL")
    postgres.kill()
    time.sleep(0.5)
    told.in_flight = sending.sink.count_open()
    for worker in sending.plant.workers:
        worker.kill()
    sending.plant.restart_postgres()
    for worker in sending.plant.workers:
        _restart(worker, told)


def _restart(process: Process, told: Told) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.start()
    told.healed_at = time.time()


_POSTGRES: dict[str, object] = {"database": "postgresql"}

_ALL = [
    Fault("kill-child", "kill -9 of one sending process of a worker", _kill_child),
    Fault("kill-worker", "kill -9 of a worker with all its processes", _kill_worker, quick=True),
    Fault("kill-workers-10", "kill -9 of all workers, ten times in a row", _kill_all_workers_ten_times),
    Fault("stop-workers", "SIGTERM to all workers", _stop_worker),
    Fault("kill-web", "kill -9 of the web server", _kill_web),
    Fault("kill-beat", "kill -9 of beat", _kill_beat),
    Fault("kill-broker", "kill -9 of the broker, back after 2 s", _kill_broker),
    Fault("wipe-broker", "kill -9 of the broker, back after 2 s without its data", _wipe_broker, quick=True),
    Fault("wipe-all", "kill -9 of broker and workers, and the broker's data wiped", _wipe_broker_and_kill_workers),
    Fault("kill-redis", "the same with Debian's Redis, its data wiped", _wipe_broker, shape={"broker": "redis"}),
    Fault("kill-postgres", "kill -9 of PostgreSQL, back after 2 s", _kill_postgres, quick=True, shape=_POSTGRES),
    Fault("kill-postgres-workers", "kill -9 of PostgreSQL and workers", _kill_postgres_and_workers, shape=_POSTGRES),
]

# A kill strikes every dispatch of the plant, and in slow motion there is more of it to strike.
FAULTS = [replace(fault, alone=True, latency=0.05) for fault in _ALL]
