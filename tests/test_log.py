"""Log lines: ids and words in, never an address or a token out (N4, A21)."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.log import EVENT_CHARACTERS, Lines, ids, redact, set_up
from mailer.tokens import random_secret, sign, tag
from tests.conftest import forget_settings

ADDRESSES = [
    "reader1@example.org",
    "Åsa.Öberg+brev@smörgås.example.org",
    '"olle o"@example.org',
    "postmaster@[192.0.2.1]",
    "anna@xn--exmple-cua.example.com",
    "o'brien@example.org",
]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a service would write to standard error."""
    stream = io.StringIO()
    root, hook, of_threads = logging.getLogger(), sys.excepthook, threading.excepthook
    handlers, level = list(root.handlers), root.level
    set_up(stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hook, of_threads


@pytest.fixture
def json_lines(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> io.StringIO:
    monkeypatch.setenv("MAILER_LOG_FORMAT", "json")
    forget_settings()
    stream: io.StringIO = request.getfixturevalue("lines")
    return stream


def test_a_line_has_time_level_logger_words_and_ids(lines: io.StringIO) -> None:
    logging.getLogger("worker.engine.loop").warning(
        "no connection", extra=ids(dispatch=7, relay="relay.example.org:25")
    )
    at, rest = lines.getvalue().split(" ", 1)
    assert datetime.fromisoformat(at).tzinfo
    assert rest == "WARNING worker.engine.loop: no connection dispatch=7 relay=relay.example.org:25\n"


def test_the_same_as_json(json_lines: io.StringIO) -> None:
    logging.getLogger("mailer.x").info("took %s back", 3, extra=ids(dispatch=7, batch=501, worker="ab:12"))
    line = json.loads(json_lines.getvalue())
    assert datetime.fromisoformat(line.pop("time")).tzinfo
    assert line == {
        "level": "INFO",
        "logger": "mailer.x",
        "event": "took 3 back",
        "dispatch": 7,
        "batch": 501,
        "worker": "ab:12",
    }


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_never_comes_out(
    form: str, address: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("MAILER_LOG_FORMAT", form)
    forget_settings()
    stream: io.StringIO = request.getfixturevalue("lines")
    log = logging.getLogger("mailer.x")
    log.warning("550 5.1.1 <%s>: no such user", address)
    log.warning("rcpt=%r {'address': '%s'} mailto:%s?subject", address, address, address)
    log.warning("words", extra=ids(relay=f"{address}:25", error=ValueError(f"550 <{address}>")))
    try:
        try:
            raise KeyError(address)
        except KeyError as error:
            raise ValueError(f"line one\nRCPT TO:<{address}>") from error
    except ValueError:
        log.exception("failed for %s", address, stack_info=True)
    assert "Traceback" in stream.getvalue()
    assert stream.getvalue().count("[address]") >= 7
    local, _, domain = address.rpartition("@")
    assert local not in stream.getvalue()
    assert domain not in stream.getvalue()


@given(st.integers(1, 2**62), st.integers(1, 2**31))
def test_tokens_in_links_never_come_out(dispatch: int, sequence: int) -> None:
    token = sign("leave", dispatch, sequence)
    for text in (f"GET /u/{token} 500", f"http://x/m/{token}?a=b", f'"GET /u/{token}/x HTTP/1.1"'):
        assert token not in redact(text)
    returned = tag("bounce", dispatch, sequence)
    assert returned not in redact(f"MAIL FROM:<b+{returned}@example.org>")


@pytest.mark.parametrize("number", range(20))
def test_a_bare_token_or_secret_is_seen_by_its_looks(number: int) -> None:
    token = sign("manage", 1, number)
    assert redact(f"unknown link {token}") == "unknown link [token]"
    assert redact(f"/sign-in/{random_secret()}") == "/sign-in/[token]"


@pytest.mark.parametrize(
    "text",
    [
        "mailer.deliveries.recover.take_back_abandoned_batches",
        'File "/opt/mailer/worker/engine/loop.py", line 98, in test_a_killed_worker_loses_nobody',
        "RequestBodyLimitMiddleware",
        "dispatch 7, delivery 12: parked, reference 0123456789abcdef",
        "@worker_ready.connect",
        "a @ b",
        "x" * 200_000,
    ],
)
def test_other_words_are_left(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://user:hemligt@relay.example.org:587", "smtp://[password]@relay.example.org:587"),
        ("postgresql://mailer:hemligt@db/mailer", "postgresql://[password]@db/mailer"),
        ("redis://:hemligt@redis:6379/0", "redis://[password]@redis:6379/0"),
    ],
)
def test_passwords_in_urls_never_come_out(url: str, shown: str) -> None:
    assert redact(url) == shown
    assert "hemligt" not in redact(f"cannot reach {url}!")


def test_words_of_others_cannot_begin_a_line_or_steer_a_terminal(lines: io.StringIO) -> None:
    log = logging.getLogger("mailer.x")
    log.warning("550 no\r\n2026-01-01T00:00:00Z CRITICAL mailer: forged\x1b[2J\u2028")
    try:
        raise ValueError("one\n2026-01-01T00:00:00Z CRITICAL mailer: forged\x1b[2J")
    except ValueError:
        log.exception("failed")
    written = lines.getvalue()
    assert "\x1b" not in written
    assert [line for line in written.splitlines() if not line.startswith(("20", "  | "))] == []
    assert not [line for line in written.splitlines() if line.startswith("2026-01-01")]


def test_a_line_is_bounded(lines: io.StringIO) -> None:
    logging.getLogger("mailer.x").warning("550 %s", "no " * 400_000)
    assert len(lines.getvalue()) < EVENT_CHARACTERS + 200


@pytest.mark.usefixtures("settings")
def test_a_call_with_wrong_arguments_still_says_something() -> None:
    record = logging.LogRecord("mailer.x", logging.WARNING, "x.py", 1, "only %s", (1, 2), None)
    assert Lines("text").format(record).endswith(" WARNING mailer.x: only %s")


@pytest.mark.parametrize("name", ["celery.app.trace", "uvicorn.error", "uvicorn.access", "py.warnings", "asyncio"])
def test_lines_of_others_go_the_same_way(lines: io.StringIO, name: str) -> None:
    logging.getLogger(name).error('"GET /u/%s" for %s', sign("leave", 1, 1), ADDRESSES[0])
    assert lines.getvalue().endswith(f' ERROR {name}: "GET /u/[token]" for [address]\n')


def test_warnings_and_faults_that_nobody_catches_go_the_same_way(lines: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"about {ADDRESSES[0]}", stacklevel=1)

    def fail() -> None:
        raise ValueError(ADDRESSES[0])

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert lines.getvalue().count("ValueError: [address]") == 2
    assert "about [address]" in lines.getvalue()
    assert ADDRESSES[0] not in lines.getvalue()
