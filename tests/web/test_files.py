"""Pictures and documents of a workspace: put in, refused in words, and nobody else's."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.assets.library import list_assets
from mailer.config import Settings
from mailer.deliveries.start import start_dispatch
from mailer.issues.document import dump_document
from mailer.issues.drafts import load_document
from mailer.issues.exchange import import_issue
from mailer.issues.queries import get_issue
from mailer.issues.steps import forget_steps
from mailer.web.guard import LARGEST_BODY_BYTES, LARGEST_UPLOAD_BYTES
from tests.web.conftest import SignIn
from tests.web.world import NOW, World

FILES = "/app/foreningen/files"
ISSUE = "/app/foreningen/n/natverksbrevet/2017-1"
HERO = f"{ISSUE}/edit/add/hero"


def picture(size: tuple[int, int] = (1200, 800)) -> bytes:
    drawn = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(drawn, "PNG")
    return drawn.getvalue()


def count(world: World) -> int:
    with db.reading() as session:
        return len(list_assets(session, world.workspace_id))


def read_document(world: World) -> dict[str, Any]:
    with db.reading() as session:
        return dump_document(load_document(session, get_issue(session, world.workspace_id, "natverksbrevet", "2017-1")))


def put_in(client: TestClient, *names: str, size: tuple[int, int] = (1200, 800)) -> None:
    files = [("file", (name, picture(size))) for name in names]
    assert client.post(FILES, files=files).headers["location"] == f"{FILES}/describe"


def find_hash(world: World, name: str = "") -> str:
    with db.reading() as session:
        return next(one.hash for one in list_assets(session, world.workspace_id) if one.name.startswith(name))


def test_a_picture_larger_than_any_form_is_put_in_described_and_chosen(alice: TestClient, world: World) -> None:
    raw = picture()
    assert len(raw) > LARGEST_BODY_BYTES
    assert "Här finns inget än." in alice.get(FILES).text
    assert alice.post(FILES, files={"file": ("sjön.png", raw)}).headers["location"] == f"{FILES}/describe"
    page = alice.get(FILES).text
    assert "1200 × 800" in page
    assert page.count("<img ") == 1
    assert alice.post(FILES, files={"file": ("sjön igen.png", raw)}).status_code == 303
    assert count(world) == 1
    assert "1200 × 800" not in alice.get(HERO).text
    assert "1 bild behöver beskrivas" in alice.get(HERO).text
    hash_ = find_hash(world)
    assert alice.post(f"{FILES}/describe", data={f"{hash_}.alt": " Sjön  i dimma "}).status_code == 303
    assert "Sjön i dimma" in alice.get(FILES).text
    assert f'value="{hash_}"' in alice.get(HERO).text


def test_several_pictures_are_put_in_at_once_and_each_is_described(alice: TestClient, world: World) -> None:
    put_in(alice, "ett.png", "tva.png", "tre.png", size=(200, 100))
    one, two, three = (find_hash(world, name) for name in ("ett", "tva", "tre"))
    page = alice.post(
        f"{FILES}/describe", data={f"{one}.alt": "Ett hus", f"{two}.decorative": "yes", f"{three}.alt": " "}
    )
    assert page.status_code == 422
    assert f'id="{three}.alt-fault"' in page.text
    assert one not in page.text
    assert "Beskriv bilden, eller kryssa i att den är dekorativ" in page.text
    assert alice.post(f"{FILES}/describe", data={f"{three}.alt": "x" * 151}).status_code == 422
    assert alice.post(f"{FILES}/describe", data={f"{three}.alt": "Tre hus"}).status_code == 303
    with db.reading() as session:
        told = {asset.hash: (asset.alt, asset.is_decorative) for asset in list_assets(session, world.workspace_id)}
    assert told == {one: ("Ett hus", False), two: ("", True), three: ("Tre hus", False)}
    assert "Smalare än 1104 pixlar" in alice.get(FILES).text


def test_those_that_are_right_are_kept_when_others_are_refused(alice: TestClient, world: World) -> None:
    files = [("file", ("a.pdf", b"%PDF-1.4 x")), ("file", ("b.exe", b"MZ"))]
    page = alice.post(FILES, files=files)
    assert page.status_code == 422
    assert "b.exe kan inte användas" in page.text
    assert count(world) == 1
    too_many = [("file", (f"{number}.pdf", b"%PDF-1.4 x")) for number in range(21)]
    assert "Välj högst 20 filer" in alice.post(FILES, files=too_many).text


def test_pictures_are_found_by_name_and_words(alice: TestClient, world: World) -> None:
    put_in(alice, "sjon.png", "skog.png", size=(30, 20))
    alice.post(f"{FILES}/describe", data={f"{find_hash(world, 'sjon')}.alt": "Dimma 100%"})
    for words, found in (("DIMMA", True), ("sjon", True), ("100%", True), ("skog", False), ("sjon skog", False)):
        assert (find_hash(world, "sjon") in alice.get(FILES, params={"q": words}).text) is found, words
    assert "Inget hittades" in alice.get(FILES, params={"q": "giraff"}).text


def test_words_are_changed_and_come_along_when_the_picture_is_chosen(alice: TestClient, world: World) -> None:
    put_in(alice, "ett.png", "tva.png")
    one, two = find_hash(world, "ett"), find_hash(world, "tva")
    alice.post(f"{FILES}/{one}", data={"alt": "Ett hus"})
    alice.post(f"{FILES}/{two}", data={"decorative": "yes"})
    assert alice.post(f"{FILES}/{one}", data={"alt": ""}).status_code == 422
    page = alice.post(HERO, data={"f.image.asset": one, "f.image.alt": "", "look": "f.image"})
    assert page.status_code == 200
    assert 'name="f.image.alt" type="text" value="Ett hus"' in page.text
    was = {"f.image.was": one, "f.image.was_alt": "Ett hus"}
    changed = alice.post(HERO, data={"f.image.asset": two, "f.image.alt": "Ett hus", "look": "f.image"} | was).text
    assert 'name="f.image.alt" type="text" value=""' in changed
    assert 'name="f.image.decorative" value="yes" checked' in changed
    kept = alice.post(HERO, data={"f.image.asset": two, "f.image.alt": "Mina ord", "look": "f.image"} | was).text
    assert 'value="Mina ord"' in kept
    assert alice.post(HERO, data={"f.image.asset": one, "f.image.alt": ""}).status_code == 303
    assert read_document(world)["blocks"][0]["data"]["image"]["alt"] == "Ett hus"


def test_pictures_of_the_form_are_searched_without_saving(alice: TestClient, world: World) -> None:
    put_in(alice, "ett.png", "tva.png", size=(30, 20))
    one, two = find_hash(world, "ett"), find_hash(world, "tva")
    alice.post(f"{FILES}/describe", data={f"{one}.alt": "Ett hus", f"{two}.alt": "Två hus"})
    page = alice.post(
        HERO, data={"f.image.asset": "", "f.image.find": "TVÅ", "find": "f.image", "f.caption": "Kvar"}
    ).text
    assert two in page
    assert one not in page
    assert 'value="Kvar"' in page


def test_a_main_picture_is_cut_around_its_focus(alice: TestClient, world: World) -> None:
    put_in(alice, "ett.png", size=(1300, 1300))
    one = find_hash(world)
    alice.post(f"{FILES}/{one}", data={"alt": "Ett hus"})
    form = {"f.image.asset": one, "f.image.focus.0": "0.5", "f.image.focus.1": "0.1", "look": "f.image"}
    cuts = []
    for down in ("0.1", "0.9"):
        cut = re.search(
            r'class="cut-picture" src="([^"]+)"', alice.post(HERO, data=form | {"f.image.focus.1": down}).text
        )
        assert cut
        shown = Image.open(io.BytesIO(alice.get(cut[1]).content))
        assert (shown.size, shown.format) == ((1200, 580), "JPEG")
        cuts.append(cut[1])
    assert cuts[0] != cuts[1]
    assert alice.post(HERO, data=form | {"look": "", "f.image.focus.1": "0.9"}).status_code == 303
    block = read_document(world)["blocks"][0]
    assert block["data"]["image"]["focus"] == [0.5, 0.9]
    assert cuts[1] in alice.get(f"{ISSUE}/preview/mail").text
    assert cuts[1] in alice.get(f"{ISSUE}/preview/web").text
    assert cuts[1] in alice.get(f"{ISSUE}/edit/b/{block['id']}").text
    nonsense = form | {"look": "", "f.image.focus.0": "nan", "f.image.focus.1": "7"}
    assert alice.post(HERO, data=nonsense).status_code == 303
    assert "focus" not in read_document(world)["blocks"][0]["data"]["image"]


def test_a_file_is_removed_only_when_nothing_uses_it_nor_can_bring_it_back(
    alice: TestClient, world: World, settings: Settings
) -> None:
    put_in(alice, "ett.png")
    one = find_hash(world)
    alice.post(f"{FILES}/{one}", data={"alt": "Ett hus"})
    assert alice.post(HERO, data={"f.image.asset": one}).status_code == 303
    for page in (alice.get(FILES).text, alice.get(f"{FILES}/{one}").text):
        assert "Nätverksbrevet 2017:1" in page
    refused = alice.post(f"{FILES}/{one}/remove")
    assert refused.status_code == 422
    assert "Filen används fortfarande" in refused.text
    alice.post(f"{ISSUE}/edit/undo")
    assert "Används inte" in alice.get(FILES).text
    assert "i en tidigare version" in alice.get(f"{FILES}/{one}").text
    assert alice.post(f"{FILES}/{one}/remove").status_code == 422
    with db.transaction() as session:
        forget_steps(session, clock.now() + timedelta(days=1))
    stored = settings.data_dir / "assets"
    assert list(stored.rglob("*.png"))
    assert alice.post(f"{FILES}/{one}/remove").status_code == 303
    assert count(world) == 0
    assert not [path for path in stored.rglob("*") if path.is_file()]
    assert alice.get(f"{FILES}/{one}").status_code == 404


def test_removing_a_file_asks_first(alice: TestClient, sign_in: SignIn, world: World) -> None:
    put_in(alice, "ett.png", size=(30, 20))
    one = f"{FILES}/{find_hash(world)}"
    page = alice.get(one).text
    assert f'href="{one}/remove"' in page
    assert f'action="{one}/remove"' not in page
    question = alice.get(f"{one}/remove").text
    assert "Ta bort filen?" in question
    assert "ett.png" in question
    assert f'action="{one}/remove"' in question
    assert f'href="{one}"' in question
    assert count(world) == 1
    for email, status in (("viktor@example.org", 403), ("charlie@example.org", 404)):
        assert sign_in(email).get(f"{one}/remove").status_code == status
    alice.post(one, data={"alt": "Ett hus"})
    assert alice.post(HERO, data={"f.image.asset": find_hash(world)}).status_code == 303
    assert alice.get(f"{one}/remove").headers["location"] == f"{one}#uses"


def test_a_file_that_another_workspace_has_too_stays_there(
    alice: TestClient, sign_in: SignIn, world: World, settings: Settings
) -> None:
    raw, theirs = picture((40, 30)), "/app/annan/files"
    charlie = sign_in("charlie@example.org")
    alice.post(FILES, files={"file": ("a.png", raw)})
    charlie.post(theirs, files={"file": ("a.png", raw)})
    one = find_hash(world)
    assert alice.post(f"{FILES}/{one}/remove").status_code == 303
    assert charlie.get(f"{theirs}/{one}").status_code == 200
    assert charlie.get(f"/a/{one}.png").status_code == 200
    assert charlie.get(f"{FILES}/{one}").status_code == 404
    assert charlie.post(f"{FILES}/{one}/remove").status_code == 404


def test_what_was_sent_keeps_its_pictures(alice: TestClient, world: World, tmp_path: Path) -> None:
    Image.new("RGB", (1300, 800), "#34657a").save(tmp_path / "sjon.png")
    image = {"asset": "sjon.png", "alt": "Sjön"}
    document = {"number": "2016:3", "subject": "Sjön", "blocks": [{"type": "hero", "data": {"image": image}}]}
    with db.transaction() as session:
        issue, _ = import_issue(session, world.newsletter, document, tmp_path, actor="test", now=NOW)
        start_dispatch(session, issue, world.lists[:1], actor="test", now=NOW)
    one = find_hash(world)
    assert "Sjön" in alice.get(FILES).text
    assert "Nätverksbrevet 2016:3" in alice.get(f"{FILES}/{one}").text
    assert alice.post(f"{FILES}/{one}/remove").status_code == 422


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
    assert viktor.get(f"{FILES}/describe").status_code == 403
    assert viktor.post(f"{FILES}/{'0' * 64}/remove").status_code == 403
    assert viktor.post(FILES, files={"file": ("a.png", picture((20, 20)))}).status_code == 403
    assert sign_in("charlie@example.org").get(FILES).status_code == 404
    assert count(world) == 0
