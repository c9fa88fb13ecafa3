"""The worker's metrics: one address for all its processes, counters that survive a child, gauges that do not."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mailer import metrics
from mailer.config import METRICS_FOLDER, Settings
from tests.conftest import forget_settings
from worker.monitoring import Server, serve_metrics

CHILD = """
import os, sys
from mailer import metrics
parent = os.getpid()
metrics.connections.inc()
metrics.count_work({"wait": (1.5, 3), "slice": (2.0, 1), "lost": (0.0, 1)}, {"sent": 5})
child = os.fork()
if child == 0:
    metrics.connections.inc(4)
    metrics.count_work({"wait": (0.5, 1)}, {"sent": 2, "failed": 1})
    os._exit(0) if sys.argv[1] == "dies" else os.read(0, 1)
    os._exit(0)
if sys.argv[1] == "dies":
    os.waitpid(child, 0)
else:
    while b"failed" not in metrics.render():
        pass
sys.stdout.write(metrics.render().decode())
"""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    monkeypatch.setenv("MAILER_METRICS_PORT", str(port))
    forget_settings()
    return port


@pytest.fixture
def server(port: int) -> Iterator[Server]:
    server = serve_metrics()
    assert server
    yield server
    server.shutdown()
    server.server_close()


def get(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.usefixtures("server")
def test_it_answers_on_its_port_and_nothing_else(port: int) -> None:
    status, text = get(port)
    assert status == 200
    assert "mailer_mails_total" in text
    assert "mailer_queue_age_seconds 0.0" in text
    assert get(port, "/")[0] == 404


@pytest.mark.usefixtures("server")
def test_it_asks_for_the_token_when_there_is_one(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_METRICS_TOKEN", "secret")
    forget_settings()
    assert get(port) == (401, "")
    assert get(port, Authorization="Bearer wrong") == (401, "")
    assert get(port, Authorization="Bearer secret")[0] == 200


def test_it_is_off_unless_a_port_is_set(engine: Engine) -> None:
    assert serve_metrics() is None


@pytest.mark.usefixtures("server")
def test_a_port_that_is_taken_does_not_stop_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    assert serve_metrics() is None
    assert "cannot be used" in caplog.text


def test_other_machines_need_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_METRICS_PORT", "9000")
    monkeypatch.setenv("MAILER_METRICS_HOST", "192.0.2.1")
    with pytest.raises(ValueError, match="MAILER_METRICS_TOKEN"):
        Settings()
    monkeypatch.setenv("MAILER_METRICS_TOKEN", "secret")
    assert Settings().metrics_host == "192.0.2.1"


@pytest.mark.parametrize(("fate", "open_connections"), [("lives", 5), ("dies", 1)])
def test_processes_of_a_worker_are_told_together(tmp_path: Path, fate: str, open_connections: int) -> None:
    folder = metrics.make_folder(tmp_path)
    text = subprocess.run(
        [sys.executable, "-c", CHILD, fate],
        env={**os.environ, METRICS_FOLDER: str(folder)},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert 'mailer_mails_total{outcome="sent"} 7.0' in text
    assert 'mailer_mails_total{outcome="failed"} 1.0' in text
    assert 'mailer_stage_seconds_total{stage="wait"} 2.0' in text
    assert 'mailer_stage_times_total{stage="wait"} 4.0' in text
    assert "mailer_slices_total 1.0" in text
    assert "mailer_leases_lost_total 1.0" in text
    assert f"mailer_connections {open_connections}.0" in text


def test_the_folder_is_empty_at_the_start_and_those_of_the_dead_are_removed(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    of_living, of_dead = tmp_path / f"metrics-{process.pid}", tmp_path / "metrics-4194999"  # above every pid
    own = tmp_path / f"metrics-{os.getpid()}"
    for folder in (of_living, of_dead, own):
        folder.mkdir()
        (folder / "counter_1.db").touch()
    try:
        assert metrics.make_folder(tmp_path) == own
        assert list(own.iterdir()) == []
        assert of_living.exists()
        assert not of_dead.exists()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
