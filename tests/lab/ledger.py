"""What the sink took. With a file, one line for each accepted recipient is in the kernel before the sink says 250."""

import asyncio
import hashlib
import os
import re
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class ReceivedMail:
    """A mail the sink took: envelope addresses and the octets as they came, dot-stuffing undone."""

    sender: str
    recipient: str
    octets: bytes


@dataclass(frozen=True)
class Line:
    """A line of the ledger's file. Times are seconds since 1970; `marks` what `--marks` found in the mail."""

    at: float
    mail_from_at: float
    connection: int
    number: int
    sender: str
    recipient: str
    message_id: str
    octets: int
    digest: str
    marks: frozenset[str]


def read_lines(path: Path, start: int = 0) -> Iterator[Line]:
    """Read the file of a ledger; a last line that was cut short is left out."""
    with path.open("rb") as file:
        file.seek(start)
        for raw in file:
            if raw.endswith(b"\n"):
                part = raw[:-1].decode("utf-8", "replace").split("\t")
                times, numbers = (float(part[0]), float(part[1])), (int(part[2]), int(part[3]))
                marks = frozenset(part[9].split())
                yield Line(*times, *numbers, part[4], part[5], part[6], int(part[7]), part[8], marks)


@dataclass
class Ledger:
    """What happened, seen from the relay. `keep` keeps mails and commands; else they are only counted."""

    keep: bool = True
    file: Path | None = None
    marks: re.Pattern[bytes] | None = None
    mails: list[ReceivedMail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    count: int = 0
    octets: int = 0
    connections: int = 0
    sign_ins: int = 0  # AUTH commands, whatever came of them
    most_open: int = 0
    reads: int = 0  # how often octets arrived: with small mails, the round trips
    times: "array[float]" = field(default_factory=lambda: array("d"))  # monotonic seconds, one for each mail
    recipients: set[int] = field(default_factory=set)  # their hashes: a million of them fit in memory
    open: set[asyncio.Transport] = field(default_factory=set)

    def __post_init__(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._cpu_at_start = time.process_time()
        self._fd = os.open(self.file, flags, 0o600) if self.file else -1

    @property
    def reads_bodies(self) -> bool:
        """Whether the octets of mails are wanted, and not just their number."""
        return self.keep or self._fd >= 0

    def take(self, connection: int, mail_from_at: float, sender: bytes, recipient: bytes, body: bytes | int) -> None:
        """Note a mail for a recipient: its octets, or only how many there are."""
        size = body if isinstance(body, int) else len(body)
        self.count += 1
        self.octets += size
        self.times.append(time.monotonic())
        self.recipients.add(hash(recipient))
        if isinstance(body, int):
            return
        plain = body.replace(b"\r\n..", b"\r\n.")
        if self._fd >= 0:
            self._write(connection, mail_from_at, sender, recipient, plain)
        if self.keep:
            addresses = (sender.decode("utf-8", "replace"), recipient.decode("utf-8", "replace"))
            self.mails.append(ReceivedMail(*addresses, plain))

    def rate_between(self, start: float = 0.1, end: float = 0.9) -> float:
        """Return the mails per second between two shares of the mails, which leaves out the slow ends."""
        first, last = int(len(self.times) * start), int(len(self.times) * end) - 1
        if last <= first or self.times[last] <= self.times[first]:
            return 0.0
        return (last - first) / (self.times[last] - self.times[first])

    def figures(self) -> dict[str, float]:
        """Return what `--count` prints."""
        seconds = self.times[-1] - self.times[0] if self.times else 0.0
        return {
            "count": self.count,
            "octets": self.octets,
            "seconds": round(seconds, 6),
            "cpu_seconds": round(time.process_time() - self._cpu_at_start, 6),
            "distinct": len(self.recipients),
            "rate_10_90": round(self.rate_between(), 1),
            "connections": self.connections,
            "sign_ins": self.sign_ins,
            "open": len(self.open),
            "most_open": self.most_open,
            "reads": self.reads,
        }

    def _write(self, connection: int, mail_from_at: float, sender: bytes, recipient: bytes, body: bytes) -> None:
        found = _MESSAGE_ID.search(body)
        marks = set(self.marks.findall(body.replace(b"=\r\n", b""))) if self.marks else ()
        digest = hashlib.blake2b(body, digest_size=8).hexdigest()
        numbers = f"{time.time():.6f}\t{mail_from_at:.6f}\t{connection}\t{self.count}\t".encode()
        words = (sender, recipient, found[1] if found else b"", str(len(body)).encode(), digest.encode())
        os.write(self._fd, numbers + b"\t".join((*words, b" ".join(marks))) + b"\n")
