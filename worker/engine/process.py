"""One event loop per worker process, in a thread of its own: it outlives tasks, and so do the connections in it."""

import asyncio
import gc
import mmap
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import uvloop

from mailer.config import get_settings
from mailer.deliveries.personalise import Mail
from mailer.relays.terms import RelayOption
from worker.engine import ledger
from worker.engine.loop import Slice
from worker.engine.outcome import Answer
from worker.engine.single import deliver_single
from worker.engine.traffic import Traffic
from worker.engine.transport import Timeouts

T = TypeVar("T")

# One octet that forked children share with their parent: Celery does not tell them that the worker is to stop.
_is_to_stop = mmap.mmap(-1, 1)
_STOP_LOOK_SECONDS = 0.5
_DATABASE_THREADS = 3


class Engine:
    """The sending engine of this process. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._traffic = Traffic(_read_timeouts())
        # Each thread has a database connection and memory of its own; claiming, recording and looking need one each.
        self._loop.set_default_executor(ThreadPoolExecutor(_DATABASE_THREADS, "database"))
        self._slices: dict[int, Slice | None] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)
        self._thread.start()
        self._loop.call_soon_threadsafe(self._traffic.start)
        self._loop.call_soon_threadsafe(self._look_whether_to_stop)

    def help_with(self, dispatch_id: int, seconds: float) -> bool:
        """Work on a dispatch for at most `seconds` (plus what is on the wire); return whether there is more to do.

        One slice a dispatch and process is enough: a second call returns at once.
        """
        with self._lock:
            if self._stopping or dispatch_id in self._slices:
                return False
            self._slices[dispatch_id] = None
        try:
            work = ledger.load_work(dispatch_id)
            return self._submit(self._run(work, seconds)).result() if work else False
        finally:
            with self._lock:
                del self._slices[dispatch_id]

    def deliver_single(self, relays: tuple[RelayOption, ...], mail: Mail) -> Answer:
        """Send one mail of the service itself; return the answer that decided."""
        return self._submit(deliver_single(self._traffic.pool, relays, mail)).result()

    def stop(self) -> None:
        """Let the running slices end after the mails that are on the wire, and take no new ones."""
        with self._lock:
            self._stopping = True
            slices = [one for one in self._slices.values() if one]
        for one in slices:
            self._loop.call_soon_threadsafe(one.drain)

    def close(self) -> None:
        """Stop, close the connections and end the loop's thread."""
        self.stop()
        self._submit(self._traffic.close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _run(self, work: ledger.Work, seconds: float) -> bool:
        self._traffic.prepare(work)
        if self._traffic.is_blocked(work):
            return False
        one = Slice(work, self._traffic, seconds)
        with self._lock:
            self._slices[work.content.dispatch_id] = one
            if self._stopping:
                one.stop()
        try:
            return await one.run()
        finally:
            with self._lock:
                is_last = not any(other for other in self._slices.values() if other is not one)
            if is_last:
                await self._traffic.rest()

    def _look_whether_to_stop(self) -> None:
        if _is_to_stop[0]:
            self.stop()
        else:
            self._loop.call_later(_STOP_LOOK_SECONDS, self._look_whether_to_stop)

    def _submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _read_timeouts() -> Timeouts:
    settings = get_settings()
    return Timeouts(
        connect=settings.smtp_connect_seconds,
        command=settings.smtp_command_seconds,
        data=settings.smtp_data_seconds,
        body=settings.smtp_body_seconds,
        dot=settings.smtp_dot_seconds,
    )


def stop_all() -> None:
    """Stop the engine of this process and those of its children, within a second."""
    _is_to_stop[0] = 1


_engines: dict[int, Engine] = {}
_engines_lock = threading.Lock()


def get_engine() -> Engine:
    """Return the engine of this process; a forked child gets its own, since threads do not survive a fork."""
    with _engines_lock:
        engine = _engines.get(os.getpid())
        if engine is None:
            engine = Engine()
            gc.freeze()  # what has been loaded stays, and need not be looked through for garbage again and again
            gc.set_threshold(20_000)  # mails leave no cycles behind; to look for some after each 700 objects costs 2 %
            _engines.clear()
            _engines[os.getpid()] = engine
        return engine
