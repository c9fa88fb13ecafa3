"""A form that comes slowly: nobody else waits for its end, and nothing of it is read after the database was asked."""

import asyncio
import sqlite3
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient
from starlette.types import Message

from tests.web.conftest import BASE, SignIn

pytestmark = pytest.mark.sqlite_only  # which has one lock for all
FORMS = [
    "/app/foreningen/n/natverksbrevet/2016:2/edit/autosave",
    "/app/foreningen/n/natverksbrevet/2016:2/edit/b/text-1/autosave",
    "/app/foreningen/newsletters/natverksbrevet/theme",
    "/app/foreningen/files/describe",
    "/n/natverksbrevet/join",
]


@pytest.mark.parametrize("path", FORMS)
def test_the_database_is_free_until_all_of_a_form_has_come(
    app: FastAPI, engine: Engine, sign_in: SignIn, path: str
) -> None:
    alice = sign_in("alice@example.org")
    free: list[bool] = []
    parts = [b"subject=", b"Hej", b""]

    async def receive() -> Message:
        await asyncio.sleep(0.05)  # whoever is to take the lock meanwhile has the time to
        free.append(_is_free(engine))
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(_message: Message) -> None:
        pass

    asyncio.run(app(_scope(path, alice), receive, send))
    assert free == [True] * 3


def _scope(path: str, browser: TestClient) -> dict[str, Any]:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {
        "host": BASE.removeprefix("http://"),
        "origin": BASE,
        "cookie": cookies,
        "content-type": "application/x-www-form-urlencoded",
    }
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 8025),
    }


def _is_free(engine: Engine) -> bool:
    """Tell whether somebody else could write now."""
    other = sqlite3.connect(str(engine.url.database), timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()
    return True
