"""Pictures that come in by a block's form: told of, refused in words, and nobody else's."""

from starlette.testclient import TestClient

from mailer.assets.store import MAX_FILE_BYTES
from mailer.web.guard import LARGEST_BODY_BYTES
from tests.web.conftest import SignIn
from tests.web.test_files import FILES, count, find_hash, picture
from tests.web.world import World


def test_a_picture_of_a_blocks_form_is_told_of_or_refused_with_its_reason(alice: TestClient, world: World) -> None:
    raw = picture()
    assert len(raw) > LARGEST_BODY_BYTES
    told = alice.post(f"{FILES}/picture", files={"file": ("sjön.png", raw)})
    assert told.status_code == 200
    assert f'data-hash="{find_hash(world)}" data-alt=""' in told.text
    assert "1200 × 800" in told.text
    assert "Nobody has" not in told.text
    alice.post(f"{FILES}/{find_hash(world)}", data={"alt": 'Sjön "i" dimma'})
    again = alice.post(f"{FILES}/picture", files={"file": ("igen.png", raw)})
    assert 'data-alt="Sjön &#34;i&#34; dimma"' in again.text
    for name, octets, reason in (
        ("<b>.svg", b"<svg onload=alert(1)>", "&lt;b&gt;.svg går inte att använda: filen är ingen bild i JPEG"),
        ("x.pdf", b"%PDF-1.4 x", "filen är ingen bild"),
        ("x.png", raw[:900], "bilden är skadad och går inte att läsa."),
        ("x.png", b"x" * (MAX_FILE_BYTES + 1), "filen är större än 25 MB."),
    ):
        refused = alice.post(f"{FILES}/picture", files={"file": (name, octets)})
        assert refused.status_code == 422
        assert reason in refused.text
    assert alice.post(f"{FILES}/picture", data={"file": "x"}).status_code == 422
    assert count(world) == 1


def test_pictures_of_blocks_come_from_members_who_may_write_and_from_our_own_page(
    sign_in: SignIn, alice: TestClient, world: World
) -> None:
    file = {"file": ("a.png", picture((20, 20)))}
    for client, status in (
        (sign_in("charlie@example.org"), 404),
        (sign_in("viktor@example.org"), 403),
    ):
        assert client.post(f"{FILES}/picture", files=file).status_code == status
    stranger = sign_in("alice@example.org")
    stranger.cookies.clear()
    assert stranger.post(f"{FILES}/picture", files=file).status_code == 401
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://other.example"}
    assert alice.post(f"{FILES}/picture", files=file, headers=elsewhere).status_code == 403
    assert count(world) == 0
