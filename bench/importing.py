"""Measure importing subscribers: `python -m bench.importing [--rows N] [--database URL] [--json]`.

A CSV file of N people in random order goes into an empty database, and a second time into the filled one. Prints rows
per second of both, with reading, checking and writing, and the largest memory of the process.
"""

import argparse
import json
import os
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from mailer.db import get_engine, transaction
from mailer.lists.queries import create_list
from mailer.models import Base
from mailer.subscribers.importing.report import Report
from mailer.subscribers.importing.run import import_source, open_source
from mailer.subscribers.importing.store import Target
from mailer.workspaces.queries import create_workspace

NOW = datetime.now(UTC)
_FIRST = ("Anna", "Björn", "Cecilia", "Åsa", "Erik", "Göran", "Kerstin", "Lena")
_LAST = ("Berg", "Ek", "Lind", "Nyman", "Sjö", "Åker", "Öman")


def measure(rows: int, folder: Path) -> dict[str, float]:
    """Import `rows` people twice; rows per second and MB."""
    file = write_people(folder / "people.csv", rows)
    engine = get_engine()
    Base.metadata.create_all(engine)
    with transaction(engine) as session:
        name = f"bench-{time.time_ns()}"
        workspace = create_workspace(session, name, name, now=NOW)
        mailing_list = create_list(session, workspace.id, name, name, now=NOW)
    target = Target(workspace.id, mailing_list.id, "import people.csv", NOW)
    return {
        "rows": rows,
        "rows_per_second": time_import(engine, file, target, {"added": rows}),
        "again_rows_per_second": time_import(engine, file, target, {"unchanged": rows}),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def write_people(path: Path, rows: int) -> Path:
    """Write a file whose addresses are all different and in no order, which is the hardest for an index."""
    chance = random.Random(2017)
    with path.open("w", encoding="utf-8") as file:
        file.write("E-post;Namn;Organisation\n")
        for number in range(rows):
            name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
            place = chance.randrange(500)
            file.write(f"{chance.getrandbits(32):x}.{number:x}@kommun{place}.example.org;{name};Kommun {place}\n")
    return path


def time_import(engine: Engine, file: Path, target: Target, expected: dict[str, int]) -> float:
    report = Report()
    started = time.perf_counter()
    import_source(engine, open_source(file, mapping={}), target, report)
    if report.counts != expected:
        raise SystemExit(f"the import is wrong: {dict(report.counts)}")
    return round(report.counts.total() / (time.perf_counter() - started))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", default="", help="SQLAlchemy URL; default: SQLite in a temporary folder")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MAILER_DATA_DIR"] = folder
        os.environ["MAILER_DATABASE_URL"] = arguments.database
        result = measure(arguments.rows, Path(folder))
    if arguments.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:>22} {value:,}" for name, value in result.items()))


if __name__ == "__main__":
    main()
