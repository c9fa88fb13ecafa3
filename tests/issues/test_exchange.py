"""Issue documents in and out of the database."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from mailer.assets.models import Asset
from mailer.db import transaction
from mailer.deliveries.start import plan_dispatch
from mailer.errors import InvalidError, RefusedError
from mailer.issues.editing import lock_draft
from mailer.issues.exchange import export_issue, import_issue, read_document
from mailer.issues.facts import change_facts
from mailer.issues.models import BlockRow, Issue, Revision
from tests.factories.newsletters import NOON, House, make_document, make_house
from tests.factories.subscribers import make_readers

HERO = {"id": "hero", "type": "hero", "v": 1, "data": {"image": {"asset": "sjo.jpg", "alt": "En sjö i dimma"}}}


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    buffer = io.BytesIO()
    Image.effect_noise((1300, 700), 50).convert("RGB").save(buffer, "JPEG")
    (tmp_path / "sjo.jpg").write_bytes(buffer.getvalue())
    return tmp_path


def test_what_is_exported_comes_in_again_unchanged(session: Session, house: House, folder: Path) -> None:
    raw = make_document("2026:2", blocks=[HERO])
    issue, outcome = import_issue(session, house.newsletter, raw, folder, actor="test", now=NOON)
    assert outcome == "created"
    exported = export_issue(session, issue, folder / "out")
    again, outcome = import_issue(session, house.newsletter, exported, folder / "out", actor="test", now=NOON)
    assert (again.id, outcome) == (issue.id, "unchanged")
    assert export_issue(session, again, folder / "out2") == exported
    assert session.scalar(select(func.count()).select_from(Asset)) == 1


def test_a_replaced_draft_is_kept_as_a_revision(session: Session, house: House) -> None:
    former = export_issue(session, house.issue, None)
    changed = make_document() | {"subject": "Ett annat ämne"}
    issue, outcome = import_issue(session, house.newsletter, changed, None, actor="test", now=NOON)
    assert (issue.id, issue.revision, outcome) == (house.issue.id, 2, "replaced")
    assert session.scalars(select(Revision)).one().document == former


def test_what_somebody_changes_just_now_is_kept_before_a_draft_is_replaced(engine: Engine) -> None:
    with transaction(engine) as session:
        house = make_house(session)

    def replace() -> None:
        changed = make_document() | {"subject": "Bobs"}
        with transaction(engine) as session:
            import_issue(session, house.newsletter, changed, None, actor="test", now=NOON)

    with ThreadPoolExecutor(1) as threads:
        with transaction(engine) as session:
            change_facts(session, lock_draft(session, house.issue.id), {"subject": "Alices"}, actor="1", now=NOON)
            replaced = threads.submit(replace)
            with pytest.raises(TimeoutError):
                replaced.result(timeout=0.3)
        replaced.result()
    with transaction(engine) as session:
        kept = [row.document["subject"] for row in session.scalars(select(Revision).order_by(Revision.revision))]
        assert kept[-1] == "Alices"


def test_a_sent_issue_cannot_be_replaced(session: Session, house: House) -> None:
    make_readers(session, house.mailing_list, 1)
    plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
    with pytest.raises(RefusedError, match="has been sent"):
        import_issue(session, house.newsletter, make_document() | {"subject": "Nytt"}, None, actor="test", now=NOON)
    _, outcome = import_issue(session, house.newsletter, make_document(), None, actor="test", now=NOON)
    assert outcome == "unchanged"


@pytest.mark.parametrize(
    ("asset", "reason"),
    [
        ("saknas.jpg", "no such file"),
        ("text.jpg", "not a JPEG"),
        ("../sjo.jpg", "file name"),
    ],
)
def test_a_wrong_image_names_block_and_field_and_changes_nothing(
    session: Session, house: House, folder: Path, asset: str, reason: str
) -> None:
    (folder / "text.jpg").write_text("inte en bild")
    hero = {**HERO, "data": {"image": {"asset": asset, "alt": "En sjö"}}}
    before = session.scalar(select(func.count()).select_from(BlockRow))
    with pytest.raises(InvalidError) as invalid:
        import_issue(session, house.newsletter, make_document("2026:3", blocks=[hero]), folder, actor="test", now=NOON)
    (problem,) = invalid.value.problems
    assert (problem.block, problem.field.split(".")[0]) == ("hero", "image")
    assert reason in problem.reason
    assert session.scalar(select(func.count()).select_from(BlockRow)) == before
    assert session.scalar(select(func.count()).select_from(Issue)) == 1


def test_an_audience_that_is_no_list_of_the_workspace_is_named_with_those_that_are(
    session: Session, house: House
) -> None:
    make_house(session, "annan")
    block = {"id": "only", "type": "text", "audience": ["viken", "annan"], "data": {"body": "a"}}
    with pytest.raises(InvalidError, match=r"^block only audience: there is no list 'annan'; there are: viken$"):
        import_issue(session, house.newsletter, make_document(blocks=[block]), None, actor="test", now=NOON)
    block["audience"] = ["viken"]
    _, outcome = import_issue(session, house.newsletter, make_document(blocks=[block]), None, actor="test", now=NOON)
    assert outcome == "replaced"


def test_a_link_out_of_the_assets_folder_is_not_followed(session: Session, house: House, folder: Path) -> None:
    inside = folder / "assets"
    inside.mkdir()
    (inside / "sjo.jpg").symlink_to(folder / "sjo.jpg")
    with pytest.raises(InvalidError):
        import_issue(session, house.newsletter, make_document(blocks=[HERO]), inside, actor="test", now=NOON)


@pytest.mark.parametrize("octets", [b"{", b'{"a": 1, "a": 2}', b"\xff\xfe\x00", b"[" * 100_000, b""])
def test_a_file_that_is_no_json_is_refused_with_the_place(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "issue.json"
    path.write_bytes(octets)
    with pytest.raises(InvalidError):
        read_document(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "issue.json"
    path.write_text(json.dumps({"a": "å"}), "utf-8-sig")
    assert read_document(path) == {"a": "å"}
