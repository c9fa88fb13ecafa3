"""What `mailer subscribers import` shows while it runs and when it is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from mailer.cli.output import print_json
from mailer.subscribers.importing.outcomes import Line
from mailer.subscribers.importing.report import Report
from mailer.subscribers.importing.run import Source

MOST_PRINTED = 20


@contextmanager
def show_progress(path: Path, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error; yield what takes the octets read so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as progress:
        task = progress.add_task(escape(path.name), total=path.stat().st_size)

        def advance(octets: int) -> None:
            progress.update(task, completed=octets)

        yield advance


def print_summary(report: Report, source: Source, path: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Print counts and those who stayed out or are invalid; all lines are in the report's file at `path`."""
    if as_json:
        print_json(_summarise(report, source, path, dry_run=dry_run))
        return
    if not report.counts:
        print(f"{source.path.name} has no rows below its header.")
        return
    print("Nothing was changed. It would be:" if dry_run else f"{source.path.name} is imported:")
    for outcome, count in report.counts.most_common():
        print(f"{count:>9,}  {outcome}")
    _print_lines("Stayed out, because they left or must not be mailed:", report.stayed_out, path)
    _print_lines("Not understood:", report.invalid, path)


def _print_lines(title: str, lines: list[Line], path: Path | None) -> None:
    if not lines:
        return
    print(f"\n{title}")
    for line in lines[:MOST_PRINTED]:
        # Text out of a file could hold codes that a terminal obeys.
        address, reason = _printable(line.address), _printable(line.reason)
        print(f"  line {line.line}: {address}: {reason or line.outcome}")
    if len(lines) > MOST_PRINTED:
        print(f"  … and more, {f'all of them in {path}' if path else 'with --report FILE.csv all of them'}")


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _summarise(report: Report, source: Source, path: Path | None, *, dry_run: bool) -> dict[str, object]:
    return {
        "file": str(source.path),
        "dry_run": dry_run,
        "encoding": source.encoding,
        "delimiter": source.delimiter,
        "columns": {**source.columns.fields, **{f"attributes.{n}": i for n, i in source.columns.attributes.items()}},
        "rows": report.counts.total(),
        "counts": dict(report.counts),
        "stayed_out": [line._asdict() for line in report.stayed_out],
        "invalid": [line._asdict() for line in report.invalid],
        "report": str(path) if path else None,
    }
