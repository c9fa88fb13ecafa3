"""What an operator gets wrong outside of the commands: one line and status 1, never a traceback or a password."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mailer.migrations import upgrade


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mailer", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, env=env, text=True, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MAILER_HTTP_PORT", "hemligt", "MAILER_HTTP_PORT"),
        ("MAILER_DATABASE_URL", "hemligt", "MAILER_DATABASE_URL"),
        ("MAILER_DATABASE_URL", "nonsense://a:hemligt@b/c", "MAILER_DATABASE_URL"),
        ("MAILER_DATABASE_URL", "mysql://a:hemligt@b/c", "MAILER_DATABASE_URL"),
        ("MAILER_DATABASE_URL", "postgresql://a:hemligt@127.0.0.1:port/c", "MAILER_DATABASE_URL"),
        ("MAILER_DATABASE_URL", "postgresql://a:hemligt@127.0.0.1:1/c", "The database says: "),
        ("MAILER_DATABASE_URL", "sqlite:////dev/null/hemligt/x", "/dev/null"),
        ("MAILER_DATA_DIR", "/dev/null/data", "/dev/null"),
    ],
)
def test_a_wrong_setting_is_one_line_without_its_value(name: str, value: str, words: str) -> None:
    result = run("migrate", **{name: value})
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert words in line
    assert "/dev/null" in line or "hemligt" not in line


@pytest.mark.sqlite_only
def test_a_query_that_the_database_refuses_is_told_without_the_query(settings: object, tmp_path: Path) -> None:
    upgrade()
    with sqlite3.connect(tmp_path / "data" / "mailer.sqlite3") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE workspaces")
    connection.close()
    result = run("workspace", "list")
    assert (result.returncode, result.stderr) == (1, "The database says: no such table: workspaces\n")


@pytest.mark.parametrize("command", ["web", "worker"])
def test_web_and_worker_do_not_start_on_a_database_that_lacks_a_migration(settings: object, command: str) -> None:
    result = run(command)
    assert (result.returncode, "mailer migrate" in result.stderr) == (1, True)
    assert "Traceback" not in result.stderr


def test_help_needs_no_database() -> None:
    result = run("send", "--help")
    assert (result.returncode, "Usage" in result.stdout) == (0, True)
