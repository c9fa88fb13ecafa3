"""Fixtures of the browser tests: the real server on a free port, Chromium, and a world with every kind of block."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mailer import clock, db, links
from mailer.accounts.queries import get_user_by_email
from mailer.accounts.sign_in import create_sign_in_link
from mailer.archive.reading import sign_reading
from mailer.blocks.registry import BY_NAME
from mailer.config import get_settings
from mailer.deliveries.start import start_dispatch
from mailer.inbox import IncomingMail, open_inbox, store
from mailer.issues.exchange import import_issue
from mailer.issues.models import Issue
from mailer.newsletters.join_form import JOIN_KINDS, JoinField, JoinForm
from mailer.newsletters.models import MEMBERS, Newsletter
from mailer.shares.counting import count_shared
from mailer.shares.partners import add_partner
from mailer.shares.tips import TypedTip, seal_tip
from mailer.tokens import minutes_of, sign
from mailer.web.app import create_app
from tests.conftest import PATIENCE_MS
from tests.known_world import KnownWorld
from tests.web.world import NOW, World, add_bob, make_newsletter, make_world

RICH_DISPATCH = 3  # of the issue with every kind of block
OpenBrowser = Callable[..., BrowserContext]


class Server:
    """The web server in a thread of this process, to be stopped and started again."""

    def __init__(self, port: int) -> None:
        self._port = port

    def start(self) -> None:
        config = uvicorn.Config(create_app(), host="127.0.0.1", port=self._port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@dataclass(frozen=True)
class Site:
    """The running service with its world; `address` has no slash at the end."""

    address: str
    world: World
    server: Server

    def token(self, purpose: Any, reader: int = 0) -> str:  # noqa: ANN401 - a Purpose
        return sign(purpose, self.world.readers[reader].id, self.world.dispatch_id, 0)

    def fill(self, path: str) -> str:
        """Return a path with the first reader's tokens in their places."""
        read = sign_reading(self.world.readers[0], self.world.newsletter)
        tip = TypedTip(1, "eva@example.org", "Eva Å", "kollega@example.net", "Läs om mötet!", "sv")
        return path.format(
            leave=self.token("leave"),
            manage=self.token("manage"),
            answer=sign("answer", self.world.readers[0].id, RICH_DISPATCH, 0),
            own=self.own_token(),
            read=read,
            tip=seal_tip(tip, clock.now()),
            block=sign("block", self.world.workspace_id, 1, 2),
        )

    def own_token(self) -> str:
        return sign("own", self.world.readers[0].id, 0, minutes_of(clock.now()))


@pytest.fixture(scope="session")
def free_port() -> int:
    """The same for all tests of a process, since addresses stand in what the world holds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
    return chosen


@pytest.fixture
def port(free_port: int, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("MAILER_BASE_URL", f"http://localhost:{free_port}")
    get_settings.cache_clear()
    return free_port


@pytest.fixture(scope="session")
def known_site(tmp_path_factory: pytest.TempPathFactory) -> KnownWorld:
    examples = tmp_path_factory.mktemp("examples")
    return KnownWorld(lambda session: make_site(session, examples), tmp_path_factory.mktemp("site") / "data")


@pytest.fixture
def site(port: int, engine: Engine, known_site: KnownWorld) -> Iterator[Site]:
    world = known_site.put_into(engine)
    server = Server(port)
    server.start()
    yield Site(f"http://localhost:{port}", world, server)
    server.stop()


@pytest.fixture
def open_browser(browser: Browser, site: Site) -> Iterator[OpenBrowser]:
    """Return a function that opens a browser of its own, signed in when `signed_in`, as Alice or who else is named."""
    contexts = []

    def open_one(*, signed_in: bool = False, name: str = "alice", **options: Any) -> BrowserContext:  # noqa: ANN401 - Playwright's
        context = browser.new_context(base_url=site.address, locale="sv-SE", **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if signed_in:
            sign_in(context, name)
        return context

    yield open_one
    for context in contexts:
        context.close()


def join_form() -> JoinForm:
    """Return a form that asks a question of every kind."""
    fields = [
        JoinField(key=f"q_{kind}", kind=kind, label_sv=f"Fråga: {kind}", choices=("Skola", "Vård"))
        for kind in JOIN_KINDS
    ]
    return JoinForm(fields=tuple(fields))


def sign_in(context: BrowserContext, name: str = "alice") -> None:
    """Take somebody's sign-in link, as its page does when the button is pressed."""
    with db.transaction() as session:
        secret = create_sign_in_link(session, get_user_by_email(session, f"{name}@example.org"), clock.now())
    link = links.sign_in_url(secret)
    taken = context.request.post(link, headers={"origin": link.rsplit("/sign-in/")[0]}, max_redirects=0)
    assert taken.status == HTTPStatus.SEE_OTHER


def make_site(session: Session, examples: Path) -> World:
    """Make the world of the page tests with an issue of every kind of block, and what else the pages show."""
    world = make_world(session)
    add_bob(session, world.workspace_id)
    add_rich_issue(session, world, examples)
    newsletter = session.get_one(Newsletter, world.newsletter.id)
    newsletter.tips_since, newsletter.join_form = NOW, join_form().model_dump(mode="json")
    add_partner(session, world.workspace_id, "Ån", actor="test", now=NOW)
    count_shared(session, session.get_one(Issue, 1), "p-an", "visits", now=NOW)
    make_newsletter(session, world.workspace_id, "slutet", [], "Det slutna brevet").archive_access = MEMBERS
    catch_mail("Ett nytt nummer")
    return world


def catch_mail(subject: str) -> None:
    """Put a mail into the local inbox, as the worker's own SMTP server does."""
    html = f"<html lang='sv'><head><title>{subject}</title></head><body><p>Hej {subject}</p></body></html>"
    raw = f"From: brev@example.org\r\nSubject: {subject}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
    with open_inbox() as connection:
        store(connection, [IncomingMail("bounce@example.org", ("anna@example.org",), raw.encode(), NOW)])


def add_rich_issue(session: Session, world: World, folder: Path) -> None:
    """Send 2016:3, which holds the first example of every kind of block, and a poll that is still open."""
    blocks = [{"id": name, "type": name, "data": kind.EXAMPLES[0]} for name, kind in BY_NAME.items()]
    blocks.append({"id": "open_poll", "type": "poll", "data": {**BY_NAME["poll"].EXAMPLES[1], "closes": "2099-12-31"}})
    for name in asset_names(blocks):
        if name.endswith((".jpg", ".png")):
            Image.new("RGB", (1300, 800), "#34657a").save(folder / name)
        else:
            (folder / name).write_bytes(b"%PDF-1.4 example")
    document = {"number": "2016:3", "subject": "Alla sorters block", "date": "2016-11-23", "blocks": blocks}
    issue, _outcome = import_issue(session, world.newsletter, document, folder, actor="test", now=NOW)
    start_dispatch(session, issue, world.lists[:1], actor="test", now=NOW)


def asset_names(value: object) -> set[str]:
    """Return every file that the examples name."""
    if isinstance(value, dict):
        named = {value["asset"]} if isinstance(value.get("asset"), str) else set()
        return named.union(*(asset_names(inner) for inner in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(asset_names(inner) for inner in value))
    return set()
