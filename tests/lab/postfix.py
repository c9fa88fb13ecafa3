"""A real Postfix as relay: private configuration and queue in a temporary folder, loopback only, on a free port.

It takes mail from the product into its queue on disk and hands it on to the sink, so that what it accepted is counted
exactly where it arrives. Needs root, as Postfix does.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.lab.fault import Fault
from tests.lab.measure import Told
from tests.lab.plant import free_port
from tests.lab.processes import Process, wait_until
from tests.lab.sending import Sending

DAEMONS = Path("/usr/lib/postfix/sbin")
_KILLS = (0.1, 0.4, 0.75)
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/state
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = relay.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
local_recipient_maps =
alias_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
default_process_limit = 60
in_flow_delay = 0
smtp_tls_security_level = none
smtpd_tls_security_level = none
default_destination_concurrency_limit = 20
minimal_backoff_time = 5s
queue_run_delay = 5s
relayhost = [127.0.0.1]:{sink}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
scache unix - - n - 1 scache
anvil unix - - n - 1 anvil
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A running Postfix that relays to a sink."""

    def __init__(self, folder: Path, sink_port: int) -> None:
        if os.geteuid() != 0 or not DAEMONS.is_dir():
            raise RuntimeError("this fault needs Debian's postfix, and root to run it")
        self.port = free_port()
        self._folder = folder / "postfix"
        self._configuration = self._folder / "etc"
        for name in ("etc", "queue", "state"):
            (self._folder / name).mkdir(parents=True)
        folder.chmod(0o711)  # its processes run as another user
        self._folder.chmod(0o755)
        shutil.chown(self._folder / "state", "postfix")
        values = {"folder": self._folder, "sink": sink_port, "port": self.port}
        (self._configuration / "main.cf").write_text(_MAIN.format(**values))
        (self._configuration / "master.cf").write_text(_MASTER.format(**values))
        self._call("check")
        command = ["postfix", "-c", str(self._configuration), "start-fg"]
        self._master = Process("postfix", command, os.environ, folder)
        self._master.start()
        log = self._folder / "maillog"
        if not wait_until(lambda: log.exists() and b"daemon started" in log.read_bytes(), 15):
            raise RuntimeError(f"Postfix did not start: {self._master.last_words()}")

    def count_accepted(self) -> int:
        """Return how many mails it has taken into its queue, as its log tells."""
        return (self._folder / "maillog").read_bytes().count(b": client=")

    def count_connections(self) -> int:
        """Return the connections that are open to it: line by line local address, remote one, state (01: open)."""
        wanted = f":{self.port:04X}"
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[1].endswith(wanted) and row[3] == "01" for row in rows)

    def is_queue_empty(self) -> bool:
        """Tell whether everything it took has been handed on."""
        queues = [self._folder / "queue" / name for name in ("incoming", "active", "deferred", "maildrop")]
        return not any(path.is_file() for queue in queues for path in queue.rglob("*"))

    def stop(self) -> None:
        subprocess.run(["postfix", "-c", str(self._configuration), "stop"], check=False, capture_output=True)
        self._master.stop()

    def _call(self, what: str) -> None:
        subprocess.run(["postfix", "-c", str(self._configuration), what], check=True, capture_output=True)


def _put_between(sending: Sending) -> None:
    postfix = Postfix(sending.plant.folder, sending.sink.port)
    sending.opened.callback(shutil.rmtree, sending.plant.folder / "postfix", ignore_errors=True)
    sending.opened.callback(postfix.stop)
    sending.extra["postfix"] = postfix
    sending.relay_at(f"smtp://127.0.0.1:{postfix.port}?starttls=off")


def _kill_thrice(sending: Sending, told: Told) -> None:
    postfix: Postfix = sending.extra["postfix"]
    for share in _KILLS:
        wanted = int(len(sending.people) * share)
        if not wait_until(lambda: postfix.count_accepted() >= wanted, 60):  # noqa: B023 - called at once
            told.complaints.append(f"Postfix took {postfix.count_accepted()} of {wanted} mails in time")
        told.in_flight += postfix.count_connections()
        for worker in sending.plant.workers:
            worker.kill()
        for worker in sending.plant.workers:
            worker.start()
    told.healed_at = time.time()
    state = sending.wait_for_state({"finished", "held"})
    if not wait_until(postfix.is_queue_empty, 120, every=0.2):
        told.complaints.append(f"{state}, but Postfix has not handed on everything")


POSTFIX = Fault(
    "postfix",
    "a real Postfix as relay, kill -9 of all workers thrice",
    _kill_thrice,
    shares=(0.0,),
    at_least=5000,
    at_most=5000,
    latency=0.0,
    alone=True,
    prepare=_put_between,
)
