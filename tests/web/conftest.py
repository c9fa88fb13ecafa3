"""Fixtures of the page tests: the world, and browsers that are signed in as somebody or nobody."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.accounts.queries import get_user_by_email
from mailer.accounts.sign_in import create_sign_in_link
from mailer.web.app import create_app
from tests.known_world import KnownWorld
from tests.web.world import World, add_bob, make_world

BASE = "http://localhost:8025"
SignIn = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def known_world(tmp_path_factory: pytest.TempPathFactory) -> KnownWorld:
    return KnownWorld(make_world, tmp_path_factory.mktemp("world") / "data")


@pytest.fixture
def world(engine: Engine, known_world: KnownWorld) -> World:
    return known_world.put_into(engine)


@pytest.fixture
def app(engine: Engine) -> FastAPI:
    return create_app()


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """A browser that is not signed in, and says nothing about where its requests come from."""
    with TestClient(app, base_url=BASE, follow_redirects=False, client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def sign_in(app: FastAPI, world: World) -> SignIn:
    """Return a browser signed in as the person with an address, whose forms come from our own pages."""

    def open_browser(email: str) -> TestClient:
        client = TestClient(app, base_url=BASE, follow_redirects=False, headers={"origin": BASE})
        with db.transaction() as session:
            secret = create_sign_in_link(session, get_user_by_email(session, email), clock.now())
        assert client.post(f"/sign-in/{secret}").status_code == 303
        return client

    return open_browser


@pytest.fixture
def alice(sign_in: SignIn) -> TestClient:
    return sign_in("alice@example.org")


@pytest.fixture
def bob(sign_in: SignIn, world: World) -> TestClient:
    with db.transaction() as session:
        add_bob(session, world.workspace_id)
    return sign_in("bob@example.org")
