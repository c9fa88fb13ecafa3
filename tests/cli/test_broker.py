"""The folder of the embedded broker's socket: whoever can open it can run jobs."""

from pathlib import Path

import pytest

from mailer.cli.broker import broker_command
from mailer.errors import RefusedError
from mailer.jobs import runtime_dir


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_the_folder_is_made_for_us_alone_and_taken_again() -> None:
    for _ in range(2):
        assert str(runtime_dir() / "valkey.sock") in broker_command()
    assert runtime_dir().stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_open_is_refused() -> None:
    runtime_dir().mkdir()
    runtime_dir().chmod(0o755)
    with pytest.raises(RefusedError, match="only this user"):
        broker_command()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_is_no_real_folder_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        runtime_dir().symlink_to(tmp_path / "elsewhere")
    else:
        runtime_dir().touch(mode=0o700)
    with pytest.raises(RefusedError, match="only this user"):
        broker_command()
