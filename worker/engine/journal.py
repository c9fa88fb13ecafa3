"""The journal: one memory-mapped octet per delivery of a claimed batch, so that a kill loses nothing.

The kernel keeps a mapped page when the process dies, so two stores a mail (on the wire, sent) are durable against
`kill -9` at no cost. While the worker lives it holds the file's lock; whoever gets the lock knows that it is dead.
The folder has an id of its own, which is part of the worker's name: only who shares the folder may judge by it.
"""

import fcntl
import mmap
import os
from collections.abc import Mapping
from pathlib import Path

from mailer.config import get_settings
from mailer.deliveries.claim import Claim
from mailer.deliveries.recover import Lease
from mailer.deliveries.states import State
from mailer.tokens import random_nonce

_MARKS = (State.ON_THE_WIRE, State.SENT)


class Journal:
    """The open journal of one claim."""

    def __init__(self, claim: Claim) -> None:
        self._first = claim.first_sequence
        self._path = _path(claim.dispatch_id, claim.first_sequence, claim.attempt)
        size = claim.last_sequence - claim.first_sequence + 1
        # A file of this name is of a claim that was never committed, or of another database: it says nothing.
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(self._file, 0)
            # Not a hole: storing a mark in one on a full disk would end the process with SIGBUS.
            os.posix_fallocate(self._file, 0, size)
            self._marks = mmap.mmap(self._file, size)
        except OSError:
            os.close(self._file)
            raise

    def mark(self, sequence: int, state: State) -> None:
        """Note that a mail is on the wire, was sent, or (PLANNED) is neither; nothing once the journal is closed."""
        if not self._marks.closed:
            self._marks[sequence - self._first] = state

    def close(self) -> None:
        """Forget the journal: everything it knows stands in the database."""
        if not self._marks.closed:
            self._path.unlink(missing_ok=True)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the journal but leave it to be read: its marks are not in the database."""
        self._marks.close()
        os.close(self._file)


def worker_name() -> str:
    """Return the name under which this process claims: the id of the journal folder, and a process id for people."""
    return f"{_folder_id()}:{os.getpid()}"


def read_marks(lease: Lease, has_run_out: bool) -> Mapping[int, State] | None:
    """Return the marks a dead holder left (sequence → state), or None while the holder must be left alone."""
    if lease.worker.partition(":")[0] != _folder_id():
        return {} if has_run_out else None
    path = _path(lease.dispatch_id, lease.first_sequence, lease.attempt)
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}  # the journal is made inside the claim's transaction, so it is gone for good
    try:
        # Whoever holds the lock is alive, however late: perhaps the machine slept. It is left alone.
        if not _try_lock(file):
            return None
        octets = os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)
    return {lease.first_sequence + i: State(octet) for i, octet in enumerate(octets) if octet in _MARKS}


def forget(lease: Lease) -> None:
    """Remove the journal of a lease that has been settled in the database."""
    _path(lease.dispatch_id, lease.first_sequence, lease.attempt).unlink(missing_ok=True)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _path(dispatch_id: int, first_sequence: int, attempt: int) -> Path:
    return _folder() / f"{dispatch_id}-{first_sequence}-{attempt}"


def _folder() -> Path:
    folder = get_settings().data_dir / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _folder_id() -> str:
    path = _folder() / "id"
    try:
        return path.read_text()
    except FileNotFoundError:
        draft = path.with_name(f"id.{os.getpid()}")
        draft.write_text(random_nonce())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()
