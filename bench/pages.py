"""How many readers' pages one web process serves, beside a page that says hello, and how soon it takes a leaver in.

    python -m bench.pages [--seconds 5] [--leavers-per-second 200] [--json]

`wrk` (Debian package) asks for archive, issue and feed, and for an empty page of the same server. Then one-click
requests (RFC 8058) come at a steady rate from people to whom a dispatch is going out, each timed from when it was due.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.sending.machinery import open_database, run_machinery
from bench.sending.processes import BenchError, python, running
from bench.sending.product import make_readers_and_issue, send, wait_until_sent
from bench.sending.sink import run_sink
from mailer.config import get_settings
from mailer.db import reading
from mailer.deliveries.models import SENDING, Dispatch
from mailer.subscribers.models import Subscriber
from mailer.tokens import sign

HELLO = "bench.hello:app"
_ONE_CLICK = "List-Unsubscribe=One-Click"
_SENDERS = 16  # connections that the leavers' mail providers share
_LATENCY_SECONDS = 0.06  # of the relay, so that the dispatch lasts as long as the leaving


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="for each page, and for the leaving")
    parser.add_argument("--leavers-per-second", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="print one object")
    arguments = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("MAILER_")]:
        del os.environ[name]
    try:
        with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
            figures = measure(Path(folder), arguments.seconds, arguments.leavers_per_second)
    except (BenchError, OSError, subprocess.SubprocessError) as error:
        print(f"The bench failed: {error}", file=sys.stderr)
        return 1
    print(json.dumps(figures) if arguments.json else "\n".join(f"{name:28} {value}" for name, value in figures.items()))
    return 0


def measure(folder: Path, seconds: int, rate: int) -> dict[str, Any]:
    """Return requests per second of each page, and the leavers' times in milliseconds."""
    if shutil.which("wrk") is None:
        raise BenchError("There is no wrk on this machine; on Debian: apt install wrk")
    with run_sink(folder, latency_seconds=_LATENCY_SECONDS) as sink:
        port, hello_port = _free_port(), _free_port()
        base = f"http://127.0.0.1:{port}"
        os.environ.update(MAILER_DATA_DIR=str(folder), MAILER_SMTP_URL=sink.url, MAILER_BASE_URL=base)
        os.environ["MAILER_WORKER_PROCESSES"] = "1"
        get_settings.cache_clear()
        leavers, readers = rate * seconds, 2 * rate * seconds
        with (
            open_database("") as database,
            run_machinery(folder, 1, database),
            running("web", _server("mailer.web.serve:make_app", port, "--factory"), folder),
            running("hello", _server(HELLO, hello_port), folder),
        ):
            house = make_readers_and_issue(readers)
            first, freeze = send(house, "2026:2", house.mailing_list, wakes=1)
            wait_until_sent(house, first, readers, freeze)
            root = f"{base}/n/{house.newsletter.slug}/"
            pages = {"archive": root, "issue": f"{root}2026-2", "feed": f"{root}feed.atom"}
            pages["hello"] = f"http://127.0.0.1:{hello_port}/"
            figures: dict[str, Any] = {name: _ask_with_wrk(url, seconds) for name, url in pages.items()}
            second, _freeze = send(house, "2026:3", house.mailing_list, wakes=1)
            times = _leave(port, _tokens(first)[:leavers], rate)
            with reading() as session:
                was_sending = session.get_one(Dispatch, second).state == SENDING
    figures["leave_p50_ms"] = round(statistics.median(times), 1)
    figures["leave_p95_ms"] = round(statistics.quantiles(times, n=20)[-1], 1)
    return figures | {"leavers": len(times), "was_sending_all_the_time": was_sending}


def _server(app: str, port: int, *more: str) -> list[str]:
    return python("-m", "uvicorn", *more, app, "--port", str(port), "--log-level", "error", "--no-access-log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _ask_with_wrk(url: str, seconds: int) -> float:
    """Return requests per second over 16 connections; BenchError when an answer was none."""
    try:
        urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError as error:
        raise BenchError(f"{url} was answered with {error.code}.") from None
    said = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", url], capture_output=True, text=True, check=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said.stdout)
    if rate is None or "Non-2xx" in said.stdout:
        raise BenchError(f"wrk could not read {url}: {said.stdout}")
    return float(rate[1])


def _tokens(dispatch_id: int) -> list[str]:
    with reading() as session:
        return [sign("leave", one, dispatch_id, 0) for (one,) in session.query(Subscriber.id)]


def _leave(port: int, tokens: list[str], rate: int) -> list[float]:
    """Send one request each, at a steady rate; return the milliseconds from when each was due to its answer."""
    connections = threading.local()
    began = time.perf_counter() + 0.2

    def leave(place: tuple[int, str]) -> float:
        number, token = place
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        if not hasattr(connections, "one"):
            connections.one = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connections.one.request("POST", f"/u/{token}", _ONE_CLICK, headers)
        answer = connections.one.getresponse()
        answer.read()
        if answer.status != 200:
            raise BenchError(f"A one-click request was answered with {answer.status}.")
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(_SENDERS) as pool:
        return list(pool.map(leave, enumerate(tokens)))


if __name__ == "__main__":
    sys.exit(main())
