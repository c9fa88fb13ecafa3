"""`mailer up` as a person starts it: real processes, a real sending, a killed worker, Ctrl-C, and clear refusals."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Service:
    """A running `mailer up` in a data folder and on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        names = {"MAILER_DATA_DIR": str(folder), "MAILER_HTTP_PORT": str(self.port)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")}
        self.environment = {**kept, **names}
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mailer", "up"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, text=True, stdout=pipe, stderr=pipe)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mailer", *arguments]
        return subprocess.run(command, env=self.environment, text=True, capture_output=True, timeout=120, check=False)

    def get(self, path: str) -> Any:  # noqa: ANN401 - parsed JSON
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.loads(answer.read())

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            try:
                assert self.get("/healthz")["status"] == "ok"
            except (URLError, OSError):
                time.sleep(0.1)
            else:
                return
        pytest.fail("not ready within 90 s")

    def pids(self) -> dict[str, int]:
        return {row["name"]: row["pid"] for row in json.loads((self.folder / "run.json").read_text())}

    def stop(self) -> tuple[str, str]:
        """Ask for a stop as a person and a service manager may do at once, and again while it stops."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            self.process.send_signal(number)
            time.sleep(0.05)
        return self.process.communicate(timeout=60)


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    try:
        service.wait_until_ready()
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_from_nothing_to_mails_in_the_inbox_through_a_killed_worker_and_a_stop(tmp_path: Path) -> None:
    with running(tmp_path / "data") as service:
        assert service.get("/inbox.json") == []
        draft = next(
            row for row in json.loads(service.run("issue", "list", "--json").stdout) if row["state"] == "draft"
        )
        os.kill(service.pids()["worker"], signal.SIGKILL)
        sent = service.run("send", draft["number"], "-n", draft["newsletter"], "--wait", "--json")
        assert sent.returncode == 0, sent.stderr
        facts = json.loads(sent.stdout)
        mails = service.get("/inbox.json")
        assert facts["deliveries"]["sent"] == len(mails) == len({mail["to"] for mail in mails}) == 193
        refused = service.run("send", draft["number"], "-n", draft["newsletter"])
        assert (refused.returncode, "already been sent" in refused.stderr) == (1, True)
        second = subprocess.run(
            [sys.executable, "-m", "mailer", "up"], env=service.environment, text=True, capture_output=True, check=False
        )
        assert (second.returncode, "running already" in second.stderr) == (1, True)
        pids = service.pids()
        out, err = service.stop()
        assert service.process.returncode == 0
        assert "/sign-in/" in out
        assert "Stopped" in err
        assert not any(is_alive(pid) for pid in pids.values())
        logs = "".join(log.read_text() for log in (service.folder / "logs").glob("*.log"))
        assert not [mail["to"] for mail in mails if mail["to"] in logs]
        assert "/sign-in/" not in logs


def test_what_a_killed_run_leaves_behind_is_ended_by_the_next_start(tmp_path: Path) -> None:
    service = Service(tmp_path / "data")
    service.wait_until_ready()
    pids = service.pids()
    service.process.kill()
    service.process.communicate()
    with running(tmp_path / "data") as again:
        assert not any(is_alive(pid) for pid in pids.values())
        assert again.get("/healthz")["broker"] is True


def test_a_taken_port_and_a_folder_that_cannot_be_written_are_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "MAILER_DATA_DIR": str(tmp_path / "file" / "data")}
    command = [sys.executable, "-m", "mailer", "up"]
    result = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert (result.returncode, "cannot be written" in result.stderr) == (1, True)
    assert "Traceback" not in result.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "MAILER_DATA_DIR": str(tmp_path / "data"), "MAILER_HTTP_PORT": port}
        result = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert (result.returncode, f"Port {port} is taken" in result.stderr) == (1, True)
    assert "Traceback" not in result.stderr
