"""Importing a CSV file, from the command line to the rows (trust cases C9, D13, I5, J11, J12, W1, W5)."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner, Result

from mailer.cli.subscribers import app
from mailer.db import reading, transaction
from mailer.errors import MailerError
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.subscribers.importing.report import Report
from mailer.subscribers.importing.run import import_source, open_source
from mailer.subscribers.importing.store import Target
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import ENDED, PAUSED, PENDING, Consent, Subscriber, Subscription
from mailer.subscribers.queries import get_by_address
from mailer.subscribers.suppression import suppress
from mailer.tokens import hash_address
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import create_workspace
from tests.factories.subscribers import NOON, make_subscriber, make_subscription


@pytest.fixture
def letters(engine: Engine) -> MailingList:
    with transaction(engine) as session:
        workspace = create_workspace(session, "viken", "Viken", now=NOON)
        return create_list(session, workspace.id, "letters", "Letters", now=NOON)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


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


TEXT = "E-post;Namn;Organisation;Språk;Ort\nåsa@example.org;Åsa Öberg;Viken;svenska;Nordanvik\n"


@pytest.mark.parametrize(
    "octets",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode("utf-16"),
        TEXT.replace("Åsa", "A\u030asa").encode(),
    ],
    ids=range(10),
)
def test_letters_and_columns_are_right_in_every_encoding(
    octets: bytes, engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_bytes(octets)
    assert import_file(file)["counts"] == {"added": 1}
    assert people(engine) == [("åsa@example.org", "Åsa Öberg", "Viken", "sv", {"ort": "Nordanvik"})]


def test_file_of_addresses_without_a_header_is_enough(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("alice@example.org\nbob@example.org\n")
    assert import_file(file)["counts"] == {"added": 2}
    assert [row[0] for row in people(engine)] == ["alice@example.org", "bob@example.org"]


def test_first_and_last_name_become_the_name(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("Förnamn,Efternamn,Mejl\nAlice,Berg,alice@example.org\n,Ek,bob@example.org\n")
    import_file(file)
    assert [row[1] for row in people(engine)] == ["Alice Berg", "Ek"]


def test_each_new_subscription_has_a_consent_that_names_the_file(
    engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_text("alice@example.org\n")
    import_file(file)
    with reading(engine) as session:
        consent = session.scalars(select(Consent)).one()
        assert (consent.verb, consent.source, consent.list_id) == ("given", "import people.csv", letters.id)


def test_same_mailbox_in_other_spellings_is_one_row(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text(
        "Alice@RÄKSMÖRGÅS.example.org\nalice@xn--rksmrgs-5wao1o.example.org\nａlice@räksmörgås.example.org\n"
    )
    assert import_file(file)["counts"] == {"added": 1, "duplicate in file": 2}
    assert people(engine)[0][0] == "Alice@räksmörgås.example.org"


def test_duplicates_are_found_across_chunks(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("".join(f"reader{number % 5}@example.org\n" for number in range(15)))
    source, target = open_source(file, mapping={}), Target(letters.workspace_id, letters.id, "import", NOON)
    counts = []
    for dry_run in (True, False, False):
        report = Report()
        import_source(engine, source, target, report, dry_run=dry_run, chunk_rows=2)
        counts.append(dict(report.counts))
    assert counts == [
        {"added": 5, "duplicate in file": 10},
        {"added": 5, "duplicate in file": 10},
        {"unchanged": 5, "duplicate in file": 10},
    ]


def test_second_run_changes_nothing(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("email,name,ort\nalice@example.org,Alice,Nordanvik\nbob@example.org,,\n")
    import_file(file)
    before = everything(engine)
    assert import_file(file)["counts"] == {"unchanged": 2}
    assert everything(engine) == before


def test_dry_run_says_the_same_and_changes_nothing(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("alice@example.org\nnobody\n")
    before = everything(engine)
    dry = import_file(file, "--dry-run")
    assert everything(engine) == before
    assert dry["counts"] == import_file(file)["counts"] == {"added": 1, "invalid": 1}


def test_dry_run_makes_no_list(engine: Engine, letters: MailingList, file: Path) -> None:
    file.write_text("alice@example.org\n")
    result = invoke("import", file, "--list", "partners", "--create", "--dry-run")
    assert result.exit_code == 0
    assert "Nothing was changed" in result.stdout
    with reading(engine) as session:
        assert session.scalars(select(MailingList.slug)).all() == ["letters"]


def test_who_left_or_must_not_be_mailed_stays_out_and_is_listed(
    engine: Engine, letters: MailingList, file: Path, tmp_path: Path
) -> None:
    with transaction(engine) as session:
        workspace = session.scalars(select(Workspace)).one()
        for name in ("left", "bounced", "removed"):
            make_subscription(session, make_subscriber(session, workspace, f"{name}@example.org"), letters)
        leave_lists(
            session, get_by_address(session, workspace.id, "left@example.org"), [letters.id], now=NOON, source="x"
        )
        suppress(session, workspace.id, hash_address("bounced@example.org"), "bounced", NOON)
        suppress(session, workspace.id, hash_address("erased@example.org"), "erased", NOON)
        removed = get_by_address(session, workspace.id, "removed@example.org")
        place = session.get_one(Subscription, (letters.id, removed.id))
        place.state, place.ended_reason = ENDED, "complained"
    before = everything(engine)
    names = ("left", "bounced", "erased", "removed")
    file.write_text("email,name\n" + "".join(f"{name.upper()}@example.org,New Name\n" for name in names))
    report = tmp_path / "report.csv"
    summary = import_file(file, "--report", report)
    expected = [
        ["2", "LEFT@example.org", "left earlier", "left"],
        ["3", "BOUNCED@example.org", "suppressed", "bounced"],
        ["4", "ERASED@example.org", "suppressed", "erased"],
        ["5", "REMOVED@example.org", "suppressed", "complained"],
    ]
    assert read_report(report) == expected
    assert [[str(value) for value in line.values()] for line in summary["stayed_out"]] == expected
    assert everything(engine) == before


def test_who_left_another_list_can_come_onto_this_one(engine: Engine, letters: MailingList, file: Path) -> None:
    with transaction(engine) as session:
        workspace = session.scalars(select(Workspace)).one()
        partners = create_list(session, workspace.id, "partners", "Partners", now=NOON)
        make_subscription(session, make_subscriber(session, workspace), partners, ENDED, ended_reason="left")
    file.write_text("alice@example.org\n")
    assert import_file(file)["counts"] == {"added": 1}


def test_known_people_get_what_the_file_says_and_keep_the_rest(
    engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_text("email,name,organisation,ort,enhet\nalice@example.org,Alice,Viken,Nordanvik,A\n")
    import_file(file)
    file.write_text("email,name,organisation,ort\nalice@example.org,Alice Berg,,Sundet\n")
    assert import_file(file)["counts"] == {"updated": 1}
    assert people(engine) == [("alice@example.org", "Alice Berg", "Viken", "", {"ort": "Sundet", "enhet": "A"})]


@pytest.mark.parametrize("state", [PENDING, PAUSED])
def test_who_waits_or_pauses_is_not_made_active(state: str, engine: Engine, letters: MailingList, file: Path) -> None:
    with transaction(engine) as session:
        workspace = session.scalars(select(Workspace)).one()
        make_subscription(session, make_subscriber(session, workspace), letters, state)
    before = everything(engine)
    file.write_text("alice@example.org\n")
    assert import_file(file)["counts"] == {"already on the list": 1}
    assert everything(engine) == before


def test_faulty_rows_have_reasons_and_the_others_are_added(
    engine: Engine, letters: MailingList, file: Path, tmp_path: Path
) -> None:
    rows = [
        "email;name",
        "alice@example.org;Alice",
        "nobody;N",
        "=cmd()@x;N",
        ";N",
        " ; ",
        f"long@example.org;{'x' * 81}",
        'open@example.org;"Open',
        "wide@example.org;a;b",
        f"huge@example.org;{'x' * 10_000_000}",
        "nul\0@example.org;N",
        "bob@example.org",
    ]
    file.write_text("\r\n".join(rows))
    report = tmp_path / "report.csv"
    assert import_file(file, "--report", report)["counts"] == {"added": 2, "invalid": 8}
    with report.open(encoding="utf-8-sig", newline="") as text:
        lines = list(csv.reader(text, delimiter=";"))[1:]
    assert [line[0] for line in lines] == ["2", "3", "4", "5", "7", "8", "9", "10", "11", "12"]
    assert {line[2] for line in lines[1:-1]} == {"invalid"}
    assert all(line[3] for line in lines[1:-1])
    assert lines[2][1] == "'=cmd()@x"
    assert [row[0] for row in people(engine)] == ["alice@example.org", "bob@example.org"]


def test_letters_that_cannot_be_read_are_an_error_of_their_row(
    engine: Engine, letters: MailingList, file: Path
) -> None:
    file.write_bytes(b"email,name\nalice@example.org,\xc5sa\nbob@example.org,Bob\n")
    assert import_file(file, "--encoding", "utf-8")["counts"] == {"added": 1, "invalid": 1}


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
    assert invoke("import", file, "--list", "Råd & tips", "--create").exit_code == 0
    with reading(engine) as session:
        made = session.scalars(select(MailingList).where(MailingList.slug == "rad-tips")).one()
        assert made.name == "Råd & tips"


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
