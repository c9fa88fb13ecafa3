"""The committed reference is what the code says."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from mailer.issues.envelope import IssueDocument
from mailer.issues.exchange import import_issue
from mailer.issues.reference import BLOCKS_FILE, SCHEMA_FILE, write_blocks_page, write_reference
from tests.factories.newsletters import NOON, make_house

COMMITTED = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", [SCHEMA_FILE, BLOCKS_FILE])
def test_committed_reference_is_up_to_date(name: str, tmp_path: Path) -> None:
    write_reference(tmp_path)
    assert (COMMITTED / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


def test_every_field_around_the_blocks_is_described() -> None:
    described = re.findall(r"(?m)^\| `(\w+)` \|.*\|.+\| \w.+ \|$", write_blocks_page().partition("## Blocks")[0])
    assert described == list(IssueDocument.model_fields)


def test_the_example_document_can_be_imported_as_it_stands(session: Session) -> None:
    (example,) = re.findall(r"```json\n(.*?)\n```", write_blocks_page().partition("## Blocks")[0], re.DOTALL)
    newsletter = make_house(session).newsletter
    _, outcome = import_issue(session, newsletter, json.loads(example), None, actor="test", now=NOON)
    assert outcome == "created"
