"""Postfix's `smtp-source` as the yardstick: one constant mail, no database, nothing composed."""

import os
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.sending.processes import BenchError
from bench.sending.sink import run_sink

MISSING = "Postfix's smtp-source is not installed, which is the yardstick (on Debian: apt install postfix)."
_EMPTY_LINE = 2  # octets that it adds at the end of every file


@dataclass(frozen=True)
class Yardstick:
    rate_per_second: float
    cpu_us_per_mail: float
    mail_bytes: int


def find_smtp_source() -> str | None:
    """Return its path; Debian keeps it where only root looks."""
    return shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/postfix/sbin")


def run_smtp_source(program: str, folder: Path, octets: bytes, mails: int, connections: int) -> Yardstick:
    """Send the same octets so often over so many connections to a new sink; BenchError when they arrive otherwise."""
    file = folder / "mail.txt"
    file.write_bytes(octets.replace(b"\r\n", b"\n"))  # it writes the line ends of SMTP itself
    with run_sink(folder) as sink:
        command = [program, "-d", "-s", str(connections), "-m", str(mails), "-F", str(file)]
        addresses = ["-f", "bounce@example.org", "-t", "reader@example.org"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*command, *addresses, f"127.0.0.1:{sink.port}"], capture_output=True, text=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken = sink.ask()
    if done.returncode or taken.count != mails:
        raise BenchError(f"smtp-source sent {taken.count} of {mails} mails: {done.stderr.strip()[-200:]}")
    if taken.mail_bytes != len(octets) + _EMPTY_LINE:
        raise BenchError(f"smtp-source sent {taken.mail_bytes} octets a mail instead of {len(octets)}.")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Yardstick(taken.rate, cpu / mails * 1e6, taken.mail_bytes)
