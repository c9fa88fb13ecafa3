"""A million deliveries claimed by many processes at once on PostgreSQL: is one ever given to two of them?

Eight processes, as of four workers with two each, claim batches until there are none, and tell every delivery that they
were given.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mailer.db import get_engine, transaction
from mailer.deliveries.start import plan_dispatch
from mailer.models import Base
from tests.conftest import forget_settings
from tests.factories.crowd import fill_list
from tests.factories.newsletters import NOON, make_house
from tests.postgres import find_binaries, install_wheel, run_postgres

ROOT = Path(__file__).resolve().parent.parent.parent
_CLAIM_ALL = """
import sys
from mailer import clock
from mailer.db import transaction
from mailer.deliveries.claim import claim_batch
print("ready", file=sys.stderr, flush=True)
sys.stdin.readline()
while True:
    with transaction() as session:
        claimed = claim_batch(session, int(sys.argv[1]), sys.argv[2], clock.now())
    if claimed is None:
        break
    print(*(reader.sequence for reader in claimed.readers))
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `python -m tests.lab claims`."""
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Plan a dispatch, let the processes claim it, and print what was claimed how often."""
    with run_postgres(find_binaries() or install_wheel(ROOT / ".venv" / "postgres")) as url:
        os.environ["MAILER_DATABASE_URL"] = url
        forget_settings()
        figures = measure(arguments.deliveries, arguments.processes)
        get_engine().dispose()
    print(
        json.dumps(figures) if arguments.json else "\n".join(f"{name:<12}{one:>12,}" for name, one in figures.items())
    )
    return int(figures["double"] > 0 or figures["missing"] > 0)


def measure(deliveries: int, processes: int) -> dict[str, float]:
    dispatch_id = _plan(deliveries)
    with tempfile.TemporaryDirectory(prefix="mailer-claims-") as folder:
        files = [Path(folder) / str(number) for number in range(processes)]
        claimers = [_start(dispatch_id, file) for file in files]
        began = time.monotonic()
        for claimer in claimers:
            if claimer.stdin:
                claimer.stdin.close()
        codes = [claimer.wait() for claimer in claimers]
        if any(codes):
            raise RuntimeError("a process that claims ended with an error")
        seconds = time.monotonic() - began
        lines = [file.read_text().splitlines() for file in files]
    claimed = Counter(sequence for batches in lines for batch in batches for sequence in batch.split())
    return {
        "deliveries": deliveries,
        "processes": processes,
        "claims": claimed.total(),
        "double": claimed.total() - len(claimed),
        "missing": deliveries - len(claimed),
        "least_batches": min(map(len, lines)),  # of a process: all of them took part
        "seconds": round(seconds, 1),
    }


def _start(dispatch_id: int, file: Path) -> subprocess.Popen[str]:
    """Start a process and return when it is ready to claim, which it does when its input is closed."""
    with file.open("w") as out:
        claimer = subprocess.Popen(
            [sys.executable, "-c", _CLAIM_ALL, str(dispatch_id), file.name],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
    if claimer.stderr:
        claimer.stderr.readline()
    return claimer


def _plan(deliveries: int) -> int:
    Base.metadata.create_all(get_engine())
    with transaction() as session:
        house = make_house(session)
        fill_list(session, house.mailing_list, deliveries)
    with transaction() as session:
        dispatch_id = plan_dispatch(session, house.issue, [house.mailing_list], actor="lab", now=NOON).id
    get_engine().dispose()
    return dispatch_id
