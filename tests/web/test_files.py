"""Pictures and documents of a workspace: put in, refused in words, and nobody else's."""

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from mailer import db
from mailer.assets.store import list_assets
from mailer.web.guard import LARGEST_BODY_BYTES, LARGEST_UPLOAD_BYTES
from tests.web.conftest import SignIn
from tests.web.world import World

FILES = "/app/foreningen/files"


def picture(size: tuple[int, int] = (1200, 800)) -> bytes:
    drawn = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(drawn, "PNG")
    return drawn.getvalue()


def count(world: World) -> int:
    with db.reading() as session:
        return len(list_assets(session, world.workspace_id))


def test_a_picture_larger_than_any_form_is_put_in_and_shown(alice: TestClient, world: World) -> None:
    raw = picture()
    assert len(raw) > LARGEST_BODY_BYTES
    assert "Här finns inget än." in alice.get(FILES).text
    assert alice.post(FILES, files={"file": ("sjön.png", raw)}).status_code == 303
    page = alice.get(FILES).text
    assert "1200 × 800" in page
    assert page.count("<img ") == 1
    assert alice.post(FILES, files={"file": ("sjön igen.png", raw)}).status_code == 303
    assert count(world) == 1
    assert "1200 × 800" in alice.get("/app/foreningen/n/natverksbrevet/2017-1/edit/add/hero").text


@pytest.mark.parametrize(
    "file",
    [("x.png", b"not a picture"), ("x.exe", b"MZ"), ("x.pdf", b"MZ"), ("x.svg", b"<svg onload=alert(1)>"), ("", b"")],
)
def test_what_is_no_picture_or_document_is_refused_in_words(
    alice: TestClient, world: World, file: tuple[str, bytes]
) -> None:
    page = alice.post(FILES, files={"file": file} if file[0] else None, data={"x": "y"})
    assert page.status_code == 422
    assert 'id="file-fault"' in page.text
    assert count(world) == 0


def test_a_document_is_put_in(alice: TestClient, world: World) -> None:
    assert alice.post(FILES, files={"file": ("protokoll.pdf", b"%PDF-1.4 x")}).status_code == 303
    assert "protokoll.pdf" in alice.get("/app/foreningen/n/natverksbrevet/2017-1/edit/add/file").text


def test_no_other_page_takes_so_much(alice: TestClient, world: World, stranger: TestClient) -> None:
    much = b"x" * (LARGEST_BODY_BYTES + 1)
    assert alice.post("/app/foreningen/partners", content=much).status_code == 413
    headers = {"content-length": str(LARGEST_UPLOAD_BYTES + 1)}
    assert alice.post(FILES, headers=headers, content=b"x").status_code == 413

    def endless() -> object:
        for _ in range(30):
            yield b"x" * 10_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert stranger.post("/n/natverksbrevet/join", content=endless(), headers=form).status_code == 413  # type: ignore[arg-type]  # a generator


def test_viewers_look_and_strangers_do_not(sign_in: SignIn, world: World) -> None:
    viktor = sign_in("viktor@example.org")
    assert viktor.get(FILES).status_code == 200
    assert viktor.post(FILES, files={"file": ("a.png", picture((20, 20)))}).status_code == 403
    assert sign_in("charlie@example.org").get(FILES).status_code == 404
    assert count(world) == 0
