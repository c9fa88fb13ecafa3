"""How commands print: a table for people, JSON for scripts, and never an address in an error."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", "-w", help="Slug of the workspace; not needed when there is one.")
]


def print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    print()


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print rows that share their keys; `empty` says what to do when there are none."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for key in rows[0]:
        table.add_column(key.replace("_", " "))
    for row in rows:
        table.add_row(*["" if value is None else str(value) for value in row.values()])
    Console().print(table)


def say(message: str) -> None:
    """Tell a person something that is not the result: on standard error, so that it never mixes with JSON."""
    print(message, file=sys.stderr)
