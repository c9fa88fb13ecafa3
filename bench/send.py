"""How fast a dispatch goes out: N readers, a 40 KB issue, real worker processes, a real SMTP sink on loopback.

    python bench/send.py [--recipients 5000] [--workers 1] [--database URL] [--smtp URL] [--json]

Prints mails per second (first to last mail taken by the sink; whole time when the relay is another one), CPU
microseconds per mail of the workers, and the largest worker's peak memory. Everything is thrown away afterwards.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from mailer.db import get_engine, transaction
from mailer.deliveries.content import load_content
from mailer.deliveries.queries import dispatch_progress, find_dispatch
from mailer.deliveries.start import plan_dispatch
from mailer.models import Base
from mailer.subscribers.models import ACTIVE, Subscriber, Subscription
from mailer.tokens import hash_address
from tests.factories.newsletters import House, make_house

NOW = datetime.now(UTC)
ROOT = Path(__file__).resolve().parent.parent
_WORK = """
import resource, sys, time
from mailer.db import reading
from mailer.deliveries.queries import find_dispatch
from worker.engine.process import Engine
engine, dispatch_id = Engine(), int(sys.argv[1])
print("ready", flush=True); sys.stdin.readline()
before = time.process_time()
while True:
    engine.help_with(dispatch_id, 15)
    with reading() as session:
        if find_dispatch(session, dispatch_id).state != "sending":
            break
    time.sleep(0.05)
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a dispatch goes out.")
    parser.add_argument("--recipients", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", default="", help="SQLAlchemy URL of an empty database; default: SQLite")
    parser.add_argument("--smtp", default="", help="URL of another relay; default: a sink of our own")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        result = measure(arguments, folder)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:<20}{value:>12,}")


def measure(arguments: argparse.Namespace, folder: str) -> dict[str, float]:
    """Build, send and measure; return the figures."""
    sink = None if arguments.smtp else _start(["-m", "tests.lab.sink", "--count"])
    smtp_url = arguments.smtp or f"smtp://127.0.0.1:{_read(sink)}?starttls=off"
    os.environ.update(MAILER_DATA_DIR=folder, MAILER_SMTP_URL=smtp_url, MAILER_DATABASE_URL=arguments.database)
    dispatch_id, html_bytes = _prepare(arguments.recipients)
    workers = [_start(["-c", _WORK, str(dispatch_id)]) for _ in range(arguments.workers)]
    for worker in workers:
        _read(worker)
    started = time.monotonic()
    for worker in workers:
        _write(worker)
    figures = [_read(worker).split() for worker in workers]
    seconds = time.monotonic() - started
    if sink:
        _write(sink)
        figures_of_sink = json.loads(_read(sink))
        count = figures_of_sink["count"]
        if count != arguments.recipients:
            raise SystemExit(f"the sink took {count} mails instead of {arguments.recipients}")
        seconds, mail_bytes = figures_of_sink["seconds"], figures_of_sink["octets"] // count
        sink.kill()
    else:
        mail_bytes = 0
    _check_finished(dispatch_id, arguments.recipients)
    cpu = sum(float(figure[0]) for figure in figures)
    return {
        "recipients": arguments.recipients,
        "workers": arguments.workers,
        "html_bytes": html_bytes,
        "mail_bytes": mail_bytes,
        "rate_per_second": round(arguments.recipients / seconds),
        "cpu_us_per_mail": round(cpu / arguments.recipients * 1e6),
        "memory_mb": round(max(int(figure[1]) for figure in figures) / 1024, 1),
        "bench_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _prepare(recipients: int) -> tuple[int, int]:
    Base.metadata.create_all(get_engine())
    text = (
        "<p>" + "Föreningen Viken bygger en brygga, lagar ett tak och bjuder in till samtal om bygden. " * 20 + "</p>"
    )
    blocks = [
        {"id": f"b{n}", "type": "text", "v": 1, "data": {"heading": f"Rubrik {n}", "body": text}} for n in range(14)
    ]
    greeting = {"id": "hello", "type": "greeting", "v": 1, "data": {"template": "Hej {{fornamn|läsare}}!"}}
    with transaction() as session:
        house = make_house(session, blocks=[greeting, *blocks])
    _add_readers(house, recipients)
    with transaction() as session:
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="bench", now=NOW)
        (variant,) = load_content(session, dispatch.id).variants.values()
    get_engine().dispose()
    return dispatch.id, len(variant.html.encode())


def _add_readers(house: House, recipients: int) -> None:
    for first in range(0, recipients, 5000):
        numbers = range(first + 1, min(first + 5000, recipients) + 1)
        with transaction() as session:
            session.execute(insert(Subscriber), [_reader(house.workspace.id, number) for number in numbers])
            places = [
                {"list_id": house.mailing_list.id, "subscriber_id": number, "state": ACTIVE, "started_at": NOW}
                for number in numbers
            ]
            session.execute(insert(Subscription), places)


def _reader(workspace_id: int, number: int) -> dict[str, object]:
    address = f"reader{number}@example.org"
    return {
        "id": number,
        "workspace_id": workspace_id,
        "address": address,
        "address_key": address,
        "address_hash": hash_address(address),
        "name": f"Åsa Läsare {number}",
        "attributes": {},
        "created_at": NOW,
    }


def _check_finished(dispatch_id: int, recipients: int) -> None:
    with transaction() as session:
        dispatch = find_dispatch(session, dispatch_id)
        if dispatch is None:
            raise SystemExit("the dispatch is gone")
        sent = dispatch_progress(session, dispatch, now=datetime.now(UTC)).deliveries["sent"]
    if sent != recipients:
        raise SystemExit(f"{sent} of {recipients} were sent")


def _start(arguments: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _read(process: subprocess.Popen[str] | None) -> str:
    line = process.stdout.readline().strip() if process and process.stdout else ""
    if not line:
        raise SystemExit("a process of the bench ended early")
    return line


def _write(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        process.stdin.write("\n")
        process.stdin.flush()


if __name__ == "__main__":
    main()
