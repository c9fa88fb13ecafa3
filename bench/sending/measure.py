"""One bench of sending: the service is built once; then each run sends an issue, and what we compare with sends it too.

Everything in a run goes to the same kind of sink over the same number of connections, within the same minute.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.sending.counting import count_trips_and_statements
from bench.sending.machinery import Cpu, Machinery, open_database, run_machinery
from bench.sending.product import Sent, make_mail, make_readers_and_issue, measure_pause, send, wait_until_sent
from bench.sending.sink import Sink, Taken, run_sink
from bench.sending.smtp_source import MISSING, find_smtp_source, run_smtp_source
from bench.sending.usual import measure_usual_way
from mailer.config import get_settings
from tests.factories.newsletters import House

_MOST_YARDSTICK_MAILS = 20_000
_USUAL_MAILS = 300

Figures = dict[str, Any]


@dataclass(frozen=True)
class Options:
    recipients: int
    workers: int = 1
    database: str = ""
    smtp: str = ""
    runs: int = 1
    latency_seconds: float = 0.0
    compare: bool = True


def measure(options: Options, folder: Path) -> list[Figures]:
    """Return the figures of each run. `folder` must be empty; the environment of this process is changed."""
    with run_sink(folder) as first:
        port = first.port  # a free one, which every later sink takes again
    relay = options.smtp or f"smtp://127.0.0.1:{port}?starttls=off"
    os.environ.update(MAILER_DATA_DIR=str(folder), MAILER_SMTP_URL=relay, MAILER_WORKER_PROCESSES=str(options.workers))
    get_settings.cache_clear()  # what was read before must not decide how many processes there are
    with open_database(options.database) as database:
        house = make_readers_and_issue(options.recipients)
        with run_machinery(folder, options.workers, database) as machinery:
            runs = [_run(options, folder, port, house, machinery, f"2026:{n + 2}") for n in range(options.runs)]
            if options.compare and not options.smtp:
                runs[-1]["pause_seen_seconds"] = _measure_pause(options, folder, port, house)
        if options.compare and not options.smtp:
            counts = count_trips_and_statements(house, folder, port, options.recipients)
            runs[-1] |= vars(counts)
    return runs


def _run(options: Options, folder: Path, port: int, house: House, machinery: Machinery, number: str) -> Figures:
    with _relay(options, folder, port) as sink:
        before, sink_before = machinery.read_cpu(), sink.cpu_seconds if sink else 0.0
        dispatch_id, freeze = send(house, number, house.mailing_list, wakes=options.workers)
        sent = wait_until_sent(house, dispatch_id, options.recipients, freeze)
        cpu = machinery.read_cpu().since(before)
        sink_cpu = sink.cpu_seconds - sink_before if sink else None
        taken = sink.ask() if sink else None
    figures = _tell(options, sent, cpu, sink_cpu, taken) | {"memory_mb": machinery.memory_mb}
    return figures | _compare(options, folder, sent, figures) if options.compare else figures


@contextlib.contextmanager
def _relay(options: Options, folder: Path, port: int) -> Iterator[Sink | None]:
    if options.smtp:
        yield None
        return
    with run_sink(folder, port, options.latency_seconds) as sink:
        yield sink


def _tell(options: Options, sent: Sent, cpu: Cpu, sink_cpu: float | None, taken: Taken | None) -> Figures:
    def per_mail(seconds: float | None) -> float | None:
        return None if seconds is None else round(seconds / options.recipients * 1e6, 1)

    return {
        "recipients": options.recipients,
        "workers": options.workers,
        "connections": _connections(options),
        "mail_bytes": taken.mail_bytes if taken else len(make_mail(sent.dispatch_id)[0]),
        "rate_per_second": round(taken.rate if taken else options.recipients / sent.seconds, 1),
        "rate_10_90": round(taken.rate_10_90, 1) if taken else None,
        "cpu_us_per_mail": per_mail(cpu.workers),
        "cpu_us_by_process": {
            "workers": per_mail(cpu.workers),
            "database": per_mail(cpu.database),
            "broker": per_mail(cpu.broker),
            "sink": per_mail(sink_cpu),
        },
        "freeze_seconds": round(sent.freeze_seconds, 2),
        "send_seconds": round(taken.seconds if taken else sent.seconds, 2),
        "progress_ms": round(sent.progress_ms, 2),
    }


def _compare(options: Options, folder: Path, sent: Sent, ours: Figures) -> Figures:
    octets, variant = make_mail(sent.dispatch_id)
    usual_cpu = measure_usual_way(folder, variant, min(options.recipients, _USUAL_MAILS))
    figures: Figures = {
        "html_bytes": len(variant.html.encode()),
        "usual": {"cpu_us_per_mail": round(usual_cpu, 1)},
        "vs_usual": {"cpu": round(usual_cpu / ours["cpu_us_per_mail"], 1)},
        "smtp_source": None,
        "vs_smtp_source": None,
    }
    program = find_smtp_source()
    if program is None:
        return figures | {"why_no_smtp_source": MISSING}
    mails = min(options.recipients, _MOST_YARDSTICK_MAILS)
    stick = run_smtp_source(program, folder, octets, mails, _connections(options))
    figures["smtp_source"] = {
        "rate_per_second": round(stick.rate_per_second, 1),
        "cpu_us_per_mail": round(stick.cpu_us_per_mail, 1),
        "mail_bytes": stick.mail_bytes,
    }
    figures["vs_smtp_source"] = {
        "rate": round(ours["rate_per_second"] / stick.rate_per_second, 3),
        "cpu": round(ours["cpu_us_per_mail"] / stick.cpu_us_per_mail, 2),
    }
    return figures


def _measure_pause(options: Options, folder: Path, port: int, house: House) -> float | None:
    with run_sink(folder, port) as sink:
        dispatch_id, _ = send(house, "2027:1", house.mailing_list, wakes=options.workers)
        seconds = measure_pause(house, dispatch_id, sink)
    return None if seconds is None else round(seconds, 2)


def _connections(options: Options) -> int:
    return get_settings().smtp_connections * options.workers
