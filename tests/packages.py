"""What the tests need from Debian: installed where it is missing, if we are root; else whoever needs it says so.

`python -m tests.packages` installs what `make faults` needs; `tests.run` what `make test` needs.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.postgres import find_binaries

# Without an answer Debian's Postfix would begin to serve the machine; ours has a configuration of its own.
_POSTFIX = "postfix postfix/main_mailer_type select No configuration\n"


def install_for_tests() -> None:
    """Install a browser, PostgreSQL and Postfix's smtp-source when they are missing."""
    wanted = []
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        wanted += ["chromium", "fonts-liberation"]
    if find_binaries() is None:
        wanted += ["postgresql"]
    if shutil.which("smtp-source") is None:
        wanted += ["postfix"]
    _install(wanted)


def install_for_faults() -> None:
    """Install the servers that `make faults` kills, and the clock that it moves."""
    found = {
        "postgresql": find_binaries() is not None,
        "redis-server": shutil.which("redis-server") is not None,
        "postfix": Path("/usr/lib/postfix/sbin/master").exists(),
        "gcc": shutil.which("cc") is not None,
        "libc6-dev": Path("/usr/include/time.h").exists(),
    }
    _install([name for name, is_there in found.items() if not is_there])


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(wanted: list[str]) -> None:
    if not wanted or not can_install():
        return
    print(f"Installing {', '.join(wanted)} …", flush=True)
    if "postfix" in wanted:
        subprocess.run(["debconf-set-selections"], input=_POSTFIX, text=True, check=False)
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    # In run level 1 no package starts a server of its own.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for step in (["update"], ["install", "--no-install-recommends", *wanted]):
        done = subprocess.run([*apt, *step], check=False, stdout=subprocess.DEVNULL, env=environment)
        if done.returncode != 0:
            # PostgreSQL then comes as a wheel; without Chromium, CI says no and others are told what was left out.
            print(f"Debian's package manager could not install {', '.join(wanted)}.", flush=True)
            return


if __name__ == "__main__":
    install_for_faults()
