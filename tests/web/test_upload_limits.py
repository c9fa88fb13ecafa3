"""Uploads do not fill the disk: strangers' are refused unread, and a workspace has only so much room."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import forget_settings
from tests.web.test_files import FILES, count, find_hash, picture
from tests.web.world import World

THEME = "/app/foreningen/newsletters/natverksbrevet/theme"
PDF = b"%PDF-1.4 " + b"x" * 600_000


@pytest.fixture
def small_room(alice: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a workspace have one megabyte, of which 0.6 are used."""
    monkeypatch.setenv("MAILER_ASSETS_MB", "1")
    forget_settings()
    assert alice.post(FILES, files={"file": ("protokoll.pdf", PDF)}).status_code == 303


@pytest.mark.parametrize("cookie", [None, b"mailer_session=made-up"])
@pytest.mark.parametrize("path", [FILES, f"{FILES}/picture", THEME])
def test_an_upload_of_a_stranger_is_refused_unread(app: FastAPI, world: World, path: str, cookie: bytes | None) -> None:
    headers = [(b"host", b"localhost:8025"), (b"origin", b"http://localhost:8025"), (b"content-length", b"50000000")]
    headers += [(b"content-type", b"multipart/form-data; boundary=x")] + ([(b"cookie", cookie)] if cookie else [])
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "scheme": "http", "http_version": "1.1", "server": ("localhost", 8025),
        "client": ("127.0.0.1", 50000), "root_path": "", "app": app,
    }  # fmt: skip
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI
        answers.append(message)

    asyncio.run(app(scope, receive, send))
    assert answers[0]["status"] == 401


@pytest.mark.usefixtures("small_room")
def test_what_has_no_room_is_refused_with_how_much_is_used(alice: TestClient, world: World) -> None:
    page = alice.post(FILES, files=[("file", ("a.pdf", PDF + b"a")), ("file", ("b.pdf", b"%PDF-1.4 b"))])
    assert page.status_code == 422
    words = "a.pdf får inte plats: 1 av arbetsytans 1 MB är använda. Filer som inte används kan tas bort."
    assert words in page.text
    assert count(world) == 2  # the small one was kept
    assert alice.post(FILES, files={"file": ("again.pdf", PDF)}).status_code == 303  # what is there takes no room
    big = picture((1200, 800))
    for path, files in ((f"{FILES}/picture", {"file": ("c.png", big)}), (THEME, {"logo.file": ("c.png", big)})):
        assert "c.png får inte plats" in alice.post(path, files=files, data={"x": "y"}).text
    alice.post(f"{FILES}/{find_hash(world, 'protokoll')}/remove")
    assert alice.post(FILES, files={"file": ("a.pdf", PDF + b"a")}).status_code == 303


@pytest.mark.usefixtures("small_room")
def test_another_workspace_has_room_of_its_own(sign_in: Any, world: World) -> None:  # noqa: ANN401
    charlie = sign_in("charlie@example.org")
    assert charlie.post("/app/annan/files", files={"file": ("a.pdf", PDF + b"a")}).status_code == 303
