"""`mailer up`: everything on one machine, started in order, kept alive, stopped together."""

import contextlib
import fcntl
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import select

from mailer import clock, links
from mailer.accounts.models import User
from mailer.accounts.sign_in import create_sign_in_link
from mailer.cli.broker import broker_command
from mailer.cli.children import Child, end_leftovers, remember, stop_all
from mailer.cli.output import say
from mailer.cli.parts import beat_command, inbound_command, inbox_command, web_command, worker_command
from mailer.config import LOCAL_INBOX_HOST, Settings, get_settings
from mailer.db import transaction
from mailer.demo.seed import seed_demo
from mailer.errors import RefusedError
from mailer.migrations import upgrade
from mailer.tokens import minutes_of, sign
from mailer.workspaces.models import Member

_READY_SECONDS = 60
_LOG_BYTES = 5_000_000


class _StopRequested(Exception):  # noqa: N818 - a wish, not an error
    """Ctrl-C or SIGTERM."""


def run_everything() -> None:
    """Start all parts, print where they are, restart what dies, and stop all on Ctrl-C or SIGTERM."""
    settings = get_settings()
    signal.signal(signal.SIGTERM, _ask_to_stop)
    signal.signal(signal.SIGINT, _ask_to_stop)
    with contextlib.suppress(_StopRequested), _locked_data_dir(settings):
        for name in end_leftovers(_pids(settings)):
            say(f"Ended {name}, which an earlier run had left behind.")
        _refuse_taken_port(settings)
        settings.address_file.unlink(missing_ok=True)
        settings.address_file.write_text(Settings().resolved_base_url)
        children = _make_children(settings)
        try:
            _start(settings, children)
            _watch(settings, children)
        finally:
            _ignore_more_wishes()
            say("\nStopping …")
            stop_all(reversed(children))
            _pids(settings).unlink(missing_ok=True)
            say("Stopped. Your data is kept; `make run` continues where you were.")


def _start(settings: Settings, children: list[Child]) -> None:
    say("Starting Mailer …")
    upgrade()
    with transaction() as session:
        if seed_demo(session, now=clock.now()):
            say("Added the demo workspace.")
    for child in children:
        child.start()
        remember(_pids(settings), children)
    _wait_until_ready(settings, children)
    _print_welcome(settings)


def _make_children(settings: Settings) -> list[Child]:
    logs = settings.data_dir / "logs"
    commands: dict[str, list[str]] = {}
    if not settings.redis_url:
        commands["broker"] = broker_command()
    if settings.uses_local_inbox:
        port = _choose_inbox_port(settings)
        commands["inbox"] = inbox_command(port)
    if settings.inbound_port:
        commands["inbound"] = inbound_command()
    commands["worker"] = worker_command(threads=True)
    commands["beat"] = beat_command()
    commands["web"] = web_command()
    for name in commands:
        _trim(logs / f"{name}.log")
    return [Child(name, command, logs / f"{name}.log") for name, command in commands.items()]


def _watch(settings: Settings, children: list[Child]) -> None:
    """Restart what dies, at once the first time, then ever more slowly."""
    while True:
        time.sleep(0.3)
        for child in children:
            if child.is_running:
                continue
            now = time.monotonic()
            if child.restart_at == 0.0:
                child.failures = 0 if now - child.started_at > 60 else child.failures + 1
                child.restart_at = now + min(30, 2**child.failures - 1)
                say(f"The {child.name} has stopped and is started again. Its last words:\n{child.last_words()}")
            if now >= child.restart_at:
                child.restart_at = 0.0
                child.start()
                remember(_pids(settings), children)


def _wait_until_ready(settings: Settings, children: list[Child]) -> None:
    url = f"http://{_reachable_host(settings)}:{settings.http_port}/healthz"
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        for child in children:
            if not child.is_running:
                raise RefusedError(f"The {child.name} did not start. Its last words:\n{child.last_words()}")
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise RefusedError(f"The web server did not answer within {_READY_SECONDS} s. See {settings.data_dir / 'logs'}.")


def _print_welcome(settings: Settings) -> None:
    with transaction() as session:
        owner = session.scalar(
            select(User).join(Member, Member.user_id == User.id).where(Member.role == "owner").order_by(User.id)
        )
        sign_in = links.sign_in_url(create_sign_in_link(session, owner, clock.now())) if owner else ""
    base = settings.resolved_base_url
    lines = ["", "Mailer is running.", "", f"  Sign in      {sign_in or _setup_url()}"]
    lines.append(f"  Archive      {base}/n/sjobygden/" if owner else f"  Web          {base}/")
    if settings.uses_local_inbox:
        lines.append(f"  Local inbox  {base}/inbox   (every mail that is sent, until MAILER_SMTP_URL names a relay)")
    lines += [f"  Data         {settings.data_dir.absolute()}", "", "Stop with Ctrl-C.", ""]
    print("\n".join(lines), flush=True)


def _setup_url() -> str:
    return links.setup_url(sign("setup", minutes_of(clock.now())))


@contextlib.contextmanager
def _locked_data_dir(settings: Settings) -> Iterator[None]:
    """Hold the data folder for one run; RefusedError when it cannot be written or another run holds it."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RefusedError(
            f"The data folder {folder.absolute()} cannot be written ({error.strerror}). "
            "Set MAILER_DATA_DIR to a folder that can."
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise RefusedError(
            f"Mailer is running already with the data folder {folder.absolute()}: {settings.resolved_base_url}"
        ) from None
    try:
        yield
    finally:
        os.close(file)


def _refuse_taken_port(settings: Settings) -> None:
    if not _is_free(settings.http_host, settings.http_port):
        raise RefusedError(
            f"Port {settings.http_port} is taken by another program. "
            f"Choose another: MAILER_HTTP_PORT={settings.http_port + 1} make run"
        )


def _choose_inbox_port(settings: Settings) -> int:
    """Return the SMTP port of the local inbox: the set one, the former one when it is free, else any free one."""
    if settings.inbox_port:
        if not _is_free(LOCAL_INBOX_HOST, settings.inbox_port):
            raise RefusedError(f"Port {settings.inbox_port} of MAILER_INBOX_PORT is taken by another program.")
        port = settings.inbox_port
    else:
        with contextlib.suppress(OSError, ValueError):
            former = int(settings.inbox_port_file.read_text())
            if _is_free(LOCAL_INBOX_HOST, former):
                return former
        with socket.create_server((LOCAL_INBOX_HOST, 0)) as free:
            port = free.getsockname()[1]
    settings.inbox_port_file.write_text(str(port))
    return port


def _is_free(host: str, port: int) -> bool:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family):
            return True
    except OSError:
        return False


def _reachable_host(settings: Settings) -> str:
    host = settings.http_host
    return "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else f"[{host}]" if ":" in host else host  # noqa: S104 - names it


def _pids(settings: Settings) -> Path:
    return settings.data_dir / "run.json"


def _trim(log: Path) -> None:
    """Keep one former log when it has grown large."""
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".1.log"))


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    _ignore_more_wishes()
    raise _StopRequested


def _ignore_more_wishes() -> None:
    """Another Ctrl-C, or a service manager that repeats itself, must not leave half of it running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
