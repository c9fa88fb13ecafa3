"""The commands as a whole: refusals, usage, export and two at once (trust cases J12, W5)."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from mailer.db import reading, transaction
from mailer.lists.models import MailingList
from mailer.subscribers.models import ENDED, Consent, Subscriber, Subscription
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import create_workspace
from tests.factories.subscribers import NOON, make_subscriber, make_subscription
from tests.subscribers.commands import count, import_file, invoke, people, refuse


def test_dry_run_makes_no_list(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("alice@example.org\n")
    result = invoke("import", file, "--list", "partners", "--create", "--dry-run")
    assert result.exit_code == 0
    assert "Nothing was changed" in result.stdout
    with reading(engine) as session:
        assert session.scalars(select(MailingList.slug)).all() == ["letters"]


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_header_without_rows_is_said_to_have_none(
    options: list[str], engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_text("email;name\n \n")
    result = invoke("import", file, "--list", "letters", *options)
    assert (result.exit_code, result.stdout) == (0, "people.csv has no rows below its header.\n")


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        (b"", [], "the file is empty"),
        (b"Namn\nAlice\n", [], "No column of addresses"),
        (b"email\n", ["--encoding", "klingon"], "There is no encoding"),
        (b"email\n", ["--map", "name=Namn"], "There is no column 'Namn'"),
        (b"email\n", ["--workspace", "other"], "There is no workspace 'other'"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, [], "."),
    ],
)
def test_file_that_is_no_list_of_people_is_refused(
    content: bytes, options: list[str], reason: str, engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_bytes(content)
    assert reason in refuse("import", file, "--list", "letters", "--create", *options)


def test_unknown_list_is_refused_with_those_that_exist_unless_it_is_to_be_made(
    engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_text("alice@example.org\n")
    assert "There are: letters." in refuse("import", file, "--list", "Råd & tips")
    made_aloud = invoke("import", file, "--list", "Råd & tips", "--create")
    assert (made_aloud.exit_code, "Made the list rad-tips" in made_aloud.stderr) == (0, True)
    with reading(engine) as session:
        made = session.scalars(select(MailingList).where(MailingList.slug == "rad-tips")).one()
        assert made.name == "Råd & tips"


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_list_is_not_made_when_its_name_gives_no_short_name(
    engine: Engine, letters: MailingList, file: Path, options: list[str]
) -> None:
    file.write_text("alice@example.org\n")
    assert "No short name" in refuse("import", file, "--list", "名簿", "--create", *options)


def test_workspace_must_be_said_when_there_are_two(engine: Engine, letters: MailingList, file: Path) -> None:
    with transaction(engine) as session:
        create_workspace(session, "other", "Other", now=NOON)
    file.write_text("alice@example.org\n")
    assert "other, viken" in refuse("import", file, "--list", "letters")
    assert import_file(file, "--workspace", "viken")["counts"] == {"added": 1}


@pytest.mark.parametrize("options", [["--delimiter", ";;"], ["--map", "name"], ["--colour"]])
def test_wrong_usage_is_status_two(options: list[str], engine: Engine, file: Path) -> None:
    file.write_text("alice@example.org\n")
    assert invoke("import", file, "--list", "letters", *options).exit_code == 2


def test_report_never_overwrites_the_file_itself(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("alice@example.org\n")
    assert "overwrite" in refuse("import", file, "--list", "letters", "--report", file)
    assert file.read_text() == "alice@example.org\n"


def test_export_comes_back_the_same_on_our_own_import(
    engine: Engine, letters: MailingList, file: Path, tmp_path: Path
) -> None:
    file.write_text(
        "email;name;organisation;språk;Ort\n"
        "+alice@example.org;=1+1;@viken;sv;-\n"
        '\'=bob@example.org;\'\'=Bob;"a;""b""\nc";en;\'\n'
        "åsa@räksmörgås.example.org;Åsa;;;\n"
    )
    import_file(file)
    before = people(engine)
    exported = tmp_path / "exported.csv"
    assert invoke("export", "--list", "letters", "--output", exported).exit_code == 0
    with exported.open(encoding="utf-8-sig", newline="") as text:
        assert all(cell[:1] not in "=+-@\t\r" for row in csv.reader(text) for cell in row if cell)
    assert import_file(exported)["counts"] == {"unchanged": 3}
    with transaction(engine) as session:
        for row in session.scalars(select(Subscriber)):
            session.delete(row)
    assert import_file(exported)["counts"] == {"added": 3}
    assert people(engine) == before


def test_export_holds_one_state_only(engine: Engine, letters: MailingList) -> None:
    with transaction(engine) as session:
        workspace = session.scalars(select(Workspace)).one()
        make_subscription(session, make_subscriber(session, workspace, "alice@example.org"), letters)
        left = make_subscriber(session, workspace, "left@example.org")
        make_subscription(session, left, letters, ENDED, ended_reason="left")
    assert "left@" not in invoke("export", "--list", "letters").stdout
    assert "alice@" not in invoke("export", "--list", "letters", "--state", "ended").stdout
    listed = json.loads(invoke("list", "--list", "letters", "--json").stdout)
    assert [(one["address"], one["state"]) for one in listed] == [
        ("alice@example.org", "active"),
        ("left@example.org", "ended"),
    ]


def test_two_imports_at_once_lose_nobody(engine: Engine, letters: MailingList, tmp_path: Path) -> None:
    commands = []
    for number, order in enumerate((1, -1)):
        file = tmp_path / f"{number}.csv"
        file.write_text("".join(f"reader{reader}@example.org\n" for reader in range(6_000)[::order]))
        code = "from mailer.cli.subscribers import app; app()"
        commands.append([sys.executable, "-c", code, "import", str(file), "--list", "letters", "--json"])
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    summaries = [json.loads(process.communicate()[0]) for process in processes]
    assert sum(summary["counts"].get("added", 0) for summary in summaries) == 6_000
    assert sum(summary["counts"].get("unchanged", 0) for summary in summaries) == 6_000
    assert (count(engine, Subscriber), count(engine, Subscription), count(engine, Consent)) == (6_000, 6_000, 6_000)
