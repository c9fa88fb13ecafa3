"""Storing uploads once, whoever stores the same at the same moment."""

import io

from PIL import Image
from sqlalchemy import Engine

from mailer.assets.needs import ImageNeed
from mailer.assets.store import add_file, add_image, show_images
from mailer.config import Settings
from mailer.db import transaction
from tests.at_once import at_once
from tests.factories.newsletters import NOON, make_house


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(drawn, "PNG")
    return drawn.getvalue()


def test_the_same_upload_at_the_same_moment_is_one_asset(engine: Engine, settings: Settings) -> None:
    with transaction(engine) as session:
        workspace_id = make_house(session).workspace.id

    def add() -> int:
        with transaction(engine) as session:
            return add_file(session, workspace_id, "a.pdf", b"%PDF-1.4 x", now=NOON).id

    assert len(at_once(add)) == 1
    assert [path.suffix for path in (settings.data_dir / "assets").rglob("*.*")] == [".pdf"]


def test_renderings_that_need_the_same_new_size_at_the_same_moment_get_one(engine: Engine) -> None:
    with transaction(engine) as session:
        workspace_id = make_house(session).workspace.id
        asset = add_image(session, workspace_id, "a.png", picture(), now=NOON)
    needs = [ImageNeed(asset.hash, width) for width in (100, 200)]

    def show() -> tuple[str, ...]:
        with transaction(engine) as session:
            shown = show_images(session, workspace_id, needs)
            return tuple(shown[need].url for need in needs)

    assert len(at_once(show)) == 1
