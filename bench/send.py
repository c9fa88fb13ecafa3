"""How fast a dispatch goes out: N readers, a 40 KB issue, real worker processes, and what others need for the same.

    python -m bench.send [--recipients 5000] [--workers 1] [--database URL] [--smtp URL] [--runs 1] [--json]
    python -m bench.send --targets [--recipients 1000000]

The figures are told in docs/performance.md. With several runs, those of the one with the median rate are printed.
Everything that was started and made is ended and removed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bench.sending.measure import Figures, Options, measure
from bench.sending.processes import BenchError
from bench.sending.targets import print_targets
from mailer.errors import MailerError


def main() -> int:
    arguments = _parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything that was started ends with us
    for name in [name for name in os.environ if name.startswith("MAILER_")]:
        del os.environ[name]
    try:
        if arguments.targets:
            return print_targets(arguments.recipients, arguments.database, arguments.runs)
        figures = run(_options(arguments))
    except (BenchError, MailerError, SQLAlchemyError, OSError, subprocess.SubprocessError) as error:
        print(f"The bench failed: {str(error).partition(chr(10))[0]}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        _print_table(figures)
    return 0


def run(options: Options) -> Figures:
    """Measure in a folder that is removed afterwards; return the run with the median rate, and the rates of all."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        runs = measure(options, Path(folder))
    extras = {name: value for name, value in runs[-1].items() if name not in runs[0]}
    ordered = sorted(runs, key=lambda one: one["rate_per_second"])
    rates = [one["rate_per_second"] for one in runs]
    return ordered[len(ordered) // 2] | extras | {"rates_of_all_runs": rates}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=1, help="processes that send")
    parser.add_argument(
        "--database", default="", help="URL of an empty database; `postgresql`: a private server; default: SQLite"
    )
    parser.add_argument("--smtp", default="", help="URL of another relay; default: a sink of our own")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--latency-ms", type=float, default=0, help="how late our sink answers")
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--targets", action="store_true", help="measure and judge each target of the engine")
    return parser.parse_args()


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        recipients=arguments.recipients,
        workers=arguments.workers,
        database=arguments.database,
        smtp=arguments.smtp,
        runs=arguments.runs,
        latency_seconds=arguments.latency_ms / 1000,
    )


def _print_table(figures: dict[str, Any], indent: str = "") -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            _print_table(value, indent + "  ")
        else:
            shown = f"{value:,}" if isinstance(value, int | float) else "–" if value is None else str(value)
            print(f"{indent + name:<28}{shown:>14}")


if __name__ == "__main__":
    sys.exit(main())
