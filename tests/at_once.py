"""Doing the same thing several times at the same moment, as two tabs or two workers do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

AT_ONCE = 6


def at_once(act: Callable[[], object]) -> set[object]:
    """Do the same in several threads that begin together, and return what came of it."""
    barrier = Barrier(AT_ONCE)

    def begin() -> object:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return {one.result() for one in [threads.submit(begin) for _ in range(AT_ONCE)]}
