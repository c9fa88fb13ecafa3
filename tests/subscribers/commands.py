"""The commands of `mailer subscribers` as tests call them, and what they leave in the database."""

import csv
import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from typer.testing import CliRunner, Result

from mailer.cli.subscribers import app
from mailer.db import reading
from mailer.errors import MailerError
from mailer.subscribers.models import Consent, Subscriber, Subscription


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def import_file(file: Path, *options: str | Path) -> dict[str, Any]:
    result = invoke("import", file, "--list", "letters", "--json", *options)
    assert result.exit_code == 0, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def refuse(*arguments: str | Path) -> str:
    result = invoke(*arguments)
    assert isinstance(result.exception, MailerError)
    return str(result.exception)


def read_report(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as report:
        return list(csv.reader(report))[1:]


def people(engine: Engine) -> list[tuple[Any, ...]]:
    with reading(engine) as session:
        columns = (Subscriber.address, Subscriber.name, Subscriber.organisation, Subscriber.language)
        return [tuple(row) for row in session.execute(select(*columns, Subscriber.attributes).order_by(Subscriber.id))]


def everything(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        tables = (Subscriber.__table__, Subscription.__table__, Consent.__table__)
        return [sorted(map(tuple, session.execute(select(table))), key=repr) for table in tables]


def count(engine: Engine, table: type[Subscriber | Subscription | Consent]) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
