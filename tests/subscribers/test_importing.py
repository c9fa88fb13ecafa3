"""Importing a CSV file: what becomes of each row (trust cases C9, D13, I5, J11, W1)."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from mailer.db import reading, transaction
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.subscribers.importing.report import Report
from mailer.subscribers.importing.run import import_source, open_source
from mailer.subscribers.importing.store import Target
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import ENDED, PAUSED, PENDING, Consent, Subscription
from mailer.subscribers.queries import get_by_address
from mailer.subscribers.suppression import suppress
from mailer.tokens import hash_address
from mailer.workspaces.models import Workspace
from tests.factories.subscribers import NOON, make_subscriber, make_subscription
from tests.subscribers.commands import everything, import_file, people, read_report

TEXT = "E-post;Namn;Organisation;Språk;Ort\nåsa@example.org;Åsa Öberg;Viken;svenska;Nordanvik\n"


@pytest.mark.parametrize(
    "octets",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode("utf-16"),
        TEXT.replace("Åsa", "A\u030asa").encode(),
    ],
    ids=range(12),
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


def test_c9_who_left_or_must_not_be_mailed_stays_out_and_is_listed(
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


@pytest.mark.parametrize("octet", [b"\0", b"\0\0\0"])
@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_a_zero_octet_is_one_invalid_row_also_before_a_huge_cell(
    octet: bytes, column: int, engine: Engine, letters: MailingList, file: Path
) -> None:
    cells = [b"nul@example.org", b"Nul", b"sv", b"Viken"]
    cells[column] += octet
    huge = b"huge@example.org;;;" + b"x" * 10_000_000
    people_around = "åsa@example.org;Åsa;sv;".encode(), huge, b"bob@example.org;;;"
    rows = ["email;name;språk;ort".encode(), b";".join(cells), *people_around]
    file.write_bytes(b"\n".join(rows))
    summary = import_file(file)
    assert (summary["encoding"], summary["counts"]) == ("utf-8", {"added": 2, "invalid": 2})
    assert [line["line"] for line in summary["invalid"]] == [2, 4]
    assert sorted(row[:2] for row in people(engine)) == [("bob@example.org", ""), ("åsa@example.org", "Åsa")]


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
