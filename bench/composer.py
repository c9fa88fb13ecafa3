"""How soon the composer's preview shows what is typed: `python -m bench.composer [--json]`.

In Chromium, with a web process and a database of its own: single keystrokes, 0.4 s apart, in a block of an issue of
twenty, from the key until the frame's text has changed; at full speed and with the CPU slowed down four times. Also
the compressed weight of the page's scripts.
"""

import argparse
import gzip
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.sending.machinery import open_database
from bench.sending.processes import BenchError, python, running
from mailer import links
from mailer.accounts.queries import create_user
from mailer.accounts.sign_in import create_sign_in_link
from mailer.blocks.registry import KINDS
from mailer.config import get_settings
from mailer.db import transaction
from mailer.web.static import STATIC_FOLDER, static_url
from mailer.workspaces.queries import add_member
from tests.factories.newsletters import make_house

BLOCKS = 20
KEYS = 60
SLOW_KEYS = 30
_PAUSE_MS = 400
_WAIT_SECONDS = 20
# Answers with the milliseconds from the key, in the page's own clock, until the frame holds the new word.
_WATCH = """(word) => new Promise((resolve) => {
  const frame = document.querySelector(".preview iframe");
  const field = document.activeElement;
  let pressed = 0;
  field.addEventListener("keydown", () => { pressed = performance.now(); }, { once: true });
  const look = () => {
    if (pressed && frame.contentDocument.body.textContent.includes(word)) resolve(performance.now() - pressed);
    else setTimeout(look, 1);
  };
  look();
})"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one object")
    arguments = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("MAILER_")]:
        del os.environ[name]
    try:
        with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
            figures = measure(Path(folder))
    except (BenchError, OSError, subprocess.SubprocessError) as error:
        print(f"The bench failed: {error}", file=sys.stderr)
        return 1
    print(json.dumps(figures) if arguments.json else "\n".join(f"{name:24} {value}" for name, value in figures.items()))
    return 0


def measure(folder: Path) -> dict[str, Any]:
    """Return the times of the keystrokes in milliseconds, and the scripts' weight in octets."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise BenchError("There is no Chromium on this machine; on Debian: apt install chromium")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    os.environ.update(MAILER_DATA_DIR=str(folder), MAILER_BASE_URL=f"http://127.0.0.1:{port}")
    get_settings.cache_clear()
    command = python(
        "-m", "uvicorn", "--factory", "mailer.web.serve:make_app", "--port", str(port), "--log-level", "error"
    )
    with open_database(""), running("web", command, folder), sync_playwright() as playwright:
        address, edit = _make_issue()
        _wait_for(port)
        page = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
        page.goto(address)
        page.locator("main form button").first.click()
        page.wait_for_url("**/app/**")
        page.goto(edit)
        fast = _type(page, KEYS, "fort")
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        slow = _type(page, SLOW_KEYS, "sakta")
    return {
        "median_ms": round(statistics.median(fast), 1),
        "p95_ms": round(statistics.quantiles(fast, n=20)[-1], 1),
        "slow_cpu_median_ms": round(statistics.median(slow), 1),
        "script_gzip_bytes": sum(_weigh(name) for name in ("app.js", "composer.js")),
    }


def _make_issue() -> tuple[str, str]:
    """Make an issue of twenty blocks; return the addresses that sign in and that edit it."""
    kinds = [kind for kind in KINDS if not _has_files(kind.model_validate(kind.EXAMPLES[0]))]
    blocks = [
        {"id": f"b{number}", "type": kind.NAME, "data": kind.EXAMPLES[0]}
        for number, kind in enumerate((kinds * BLOCKS)[: BLOCKS - 1])
    ]
    blocks.append({"id": "typed", "type": "text", "data": {"heading": "Till sist", "body": "<p>Ord</p>"}})
    now = datetime.now(UTC)
    with transaction() as session:
        house = make_house(session, blocks=blocks)
        user = create_user(session, "bench@example.org", now=now)
        add_member(session, house.workspace.id, user.id, "owner", now=now)
        secret = create_sign_in_link(session, user, now)
        path = f"/app/{house.workspace.slug}/n/{house.newsletter.slug}/{house.issue.path_number}/edit"
    return links.sign_in_url(secret), get_settings().resolved_base_url + path


def _has_files(block: Any) -> bool:  # noqa: ANN401 - any kind's data
    return bool(block.images() or block.files())


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise BenchError("The web process does not answer.")


def _type(page: Page, keys: int, start: str) -> list[float]:
    """Return the milliseconds of each key; `start` begins a word that is not in the issue yet."""
    if page.locator("[data-block='typed'] .rich-input").count() == 0:
        page.locator("[data-block='typed'] [data-open]").click()
    page.locator("[data-block='typed'] .rich-input").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(f" {start}")
    page.wait_for_timeout(1500)
    page.evaluate(f"() => {{ window.watch = {_WATCH}; }}")
    page.set_default_timeout(5000)
    times, word = [], start
    for number in range(keys):
        key = "abcdefghij"[number % 10]
        word += key
        page.evaluate("(word) => { window.told = window.watch(word); }", word)
        page.keyboard.press(key)
        times.append(float(page.evaluate("window.told")))
        page.wait_for_timeout(_PAUSE_MS)
    return times


def _weigh(name: str) -> int:
    return len(gzip.compress((STATIC_FOLDER / Path(static_url(name)).name).read_bytes(), 9))


if __name__ == "__main__":
    sys.exit(main())
