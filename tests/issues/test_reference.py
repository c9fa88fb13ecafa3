"""The committed reference is what the code says."""

from pathlib import Path

import pytest

from mailer.issues.reference import BLOCKS_FILE, SCHEMA_FILE, write_reference

COMMITTED = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", [SCHEMA_FILE, BLOCKS_FILE])
def test_committed_reference_is_up_to_date(name: str, tmp_path: Path) -> None:
    write_reference(tmp_path)
    assert (COMMITTED / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")
