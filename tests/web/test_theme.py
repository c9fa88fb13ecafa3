"""The theme of a newsletter: saved and shown, refused with reasons at the fields, and never on what was sent."""

import html
import io
import re

import pytest
from PIL import Image
from starlette.testclient import TestClient

from mailer import db
from mailer.assets.library import list_assets
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from tests.web.conftest import SignIn
from tests.web.test_files import picture
from tests.web.world import World

PAGE = "/app/foreningen/newsletters/natverksbrevet/theme"
DRAFT = "/app/foreningen/n/natverksbrevet/2017-1/preview/mail"
SENT = "/app/foreningen/n/natverksbrevet/2016-1/preview/mail"
GOOD = {
    "organisation": "Nätverket Exempel",
    "website": "https://exempel.example.se",
    "email": "hej@example.org",
    "phone": "019-65 43 21",
    "postal_address": "Box 1, 701 00 Örebro",
    "why": "Du är med i nätverket.",
    "primary": "#6D1F6B",
    "accent": "804000",
    "show_contact": "yes",
    "sender_name": "Nätverket",
    "reply_to": "svar@example.org",
}


def read(world: World) -> tuple[Theme, Newsletter]:
    with db.reading() as session:
        found = session.get_one(Newsletter, world.newsletter.id)
        session.expunge(found)
        return Theme.model_validate(found.theme), found


def test_a_theme_is_saved_and_drafts_follow_but_nothing_that_was_sent(alice: TestClient, world: World) -> None:
    sent, draft = alice.get(SENT).text, alice.get(DRAFT).text
    assert alice.post(PAGE, data=GOOD).headers["location"] == f"{PAGE}?done=yes"
    theme, newsletter = read(world)
    assert (theme.primary, theme.accent, theme.show_contact, theme.show_share) == ("#6d1f6b", "#804000", True, False)
    assert (newsletter.sender_name, newsletter.reply_to) == ("Nätverket", "svar@example.org")
    assert alice.get(SENT).text == sent
    changed = alice.get(DRAFT).text
    assert changed != draft
    for words in (
        "Nätverket Exempel",
        "#6d1f6b",
        "Box 1, 701 00 Örebro",
        "Du är med i nätverket.",
        "exempel.example.se",
    ):
        assert words in changed
    assert "Tipsa en kollega" not in changed
    page = alice.get(f"{PAGE}?done=yes").text
    assert "Ändringarna är sparade." in page
    assert 'value="#6d1f6b"' in page


def test_a_colour_that_cannot_be_read_is_measured_and_the_nearest_is_one_press_away(
    alice: TestClient, world: World
) -> None:
    page = alice.post(PAGE, data=GOOD | {"primary": "#ff8800", "why": "Kvar"})
    assert page.status_code == 422
    told = html.unescape(re.findall(r'id="primary-fault">.*?</svg>(.*?)</p>', page.text, re.DOTALL)[0])
    assert re.fullmatch(r"Uppmätt för .+: 2,\d+:1, men 4,5:1 behövs. Närmaste färg som räcker är #[0-9a-f]{6}\.", told)
    assert 'value="Kvar"' in page.text
    assert read(world)[0].organisation == "Föreningen Exempel"
    proposal = told[-8:-1]
    assert f'name="use.primary" value="{proposal}"' in page.text
    taken = alice.post(PAGE, data=GOOD | {"primary": "#ff8800", "use.primary": proposal})
    assert taken.status_code == 303
    assert read(world)[0].primary == proposal
    english = alice.post(f"{PAGE}?lang=en", data=GOOD | {"accent": "#ff8800"}).text
    assert "and 4.5:1 is needed" in english


def test_what_is_wrong_is_said_at_its_field_in_swedish(alice: TestClient, world: World) -> None:
    wrong = {
        "organisation": " ",
        "website": "exempel",
        "email": "hej",
        "phone": "ring",
        "why": "x" * 301,
        "primary": "röd",
        "sender_name": "",
        "reply_to": "åsa@example.org",
        "privacy_url": "javascript:alert(1)",
    }
    page = alice.post(PAGE, data=GOOD | wrong)
    assert page.status_code == 422
    for field in wrong:
        assert f'id="{field}-fault"' in page.text, field
    for words in ("behövs", "högst 300 tecken", "Skriv färgen som #"):
        assert words in page.text, words
    assert read(world)[1].sender_name == "Föreningen Exempel"


def test_a_logo_is_put_in_with_words_shown_and_taken_away(alice: TestClient, world: World) -> None:
    logo = {"logo.file": ("logga.png", picture((400, 200)))}
    assert alice.post(PAGE, data=GOOD | {"logo.alt": "Nätverkets logotyp"}, files=logo).status_code == 303
    with db.reading() as session:
        (asset,) = list_assets(session, world.workspace_id)
        hash_, alt = asset.hash, asset.alt
    assert alt == "Nätverkets logotyp"
    assert read(world)[0].logo == hash_
    for address in (DRAFT, f"{PAGE}/sample"):
        assert 'alt="Nätverkets logotyp"' in alice.get(address).text
    assert "Temat för Nätverksbrevet" in alice.get(f"/app/foreningen/files/{hash_}").text
    assert alice.post(f"/app/foreningen/files/{hash_}/remove").status_code == 422
    page = alice.get(PAGE).text
    assert f'value="{hash_}" checked' in page
    assert alice.post(PAGE, data=GOOD | {"logo.asset": ""}).status_code == 303
    assert read(world)[0].logo == ""
    assert alice.post(f"/app/foreningen/files/{hash_}/remove").status_code == 303


def test_a_logo_that_is_none_or_somebody_elses_is_refused(alice: TestClient, sign_in: SignIn, world: World) -> None:
    for name, raw in (("x.png", b"no"), ("x.pdf", b"%PDF-1.4 x"), ("x.svg", b"<svg/>")):
        page = alice.post(PAGE, data=GOOD, files={"logo.file": (name, raw)})
        assert page.status_code == 422
        assert 'id="logo.file-fault"' in page.text
    charlie = sign_in("charlie@example.org")
    charlie.post("/app/annan/files", files={"file": ("a.png", picture((40, 30)))})
    with db.reading() as session:
        theirs = list_assets(session, world.workspace_id + 1)[0].hash
    assert alice.post(PAGE, data=GOOD | {"logo.asset": theirs}).status_code == 422
    assert theirs not in alice.post(f"{PAGE}/sample", data=GOOD | {"logo.asset": theirs}).text
    assert read(world)[0].logo == ""


def test_a_logo_upload_survives_a_fault_elsewhere(alice: TestClient, world: World) -> None:
    logo = {"logo.file": ("logga.png", picture((400, 200)))}
    page = alice.post(PAGE, data=GOOD | {"email": "hej"}, files=logo)
    assert page.status_code == 422
    with db.reading() as session:
        (asset,) = list_assets(session, world.workspace_id)
        assert asset.alt == "Nätverket Exempel"
        assert f'value="{asset.hash}" checked' in page.text


def test_the_sample_shows_what_is_typed_in_light_and_dark_and_stores_nothing(alice: TestClient, world: World) -> None:
    stored = alice.get(f"{PAGE}/sample")
    assert "sandbox" in stored.headers["content-security-policy"]
    assert "#005a70" in stored.text
    tried = alice.post(f"{PAGE}/sample", data=GOOD | {"email": "wrong", "scheme": "dark"}).text
    assert "#6d1f6b" in tried
    assert "Nätverket Exempel" in tried
    assert "info@example.org" in tried
    assert "@media all" in tried
    assert "@media not all" in stored.text
    assert "En rubrik" in tried
    assert read(world)[0].primary == "#005a70"
    assert alice.get(f"{PAGE}/sample?scheme=blue").status_code == 404


def test_the_logo_fits_its_size(alice: TestClient, world: World) -> None:
    assert alice.post(PAGE, data=GOOD, files={"logo.file": ("l.png", picture((1600, 400)))}).status_code == 303
    shown = re.search(r'src="([^"]+/a/[^"]+)"', alice.get(DRAFT).text)
    assert shown
    assert Image.open(io.BytesIO(alice.get(shown[1]).content)).width == 360


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/sample"])
def test_viewers_look_and_strangers_get_nothing(sign_in: SignIn, world: World, path: str) -> None:
    viktor, charlie = sign_in("viktor@example.org"), sign_in("charlie@example.org")
    assert viktor.get(path).status_code == 200
    assert viktor.post(path, data=GOOD).status_code == 403
    assert charlie.get(path).status_code == 404
    assert charlie.post(path, data=GOOD).status_code == 404
    assert read(world)[0].organisation == "Föreningen Exempel"


def test_without_a_logo_there_is_no_other_one_to_put_in(alice: TestClient) -> None:
    assert "Eller lägg in en egen bild" in alice.get(PAGE).text
    alice.post(PAGE, data=GOOD, files={"logo.file": ("logo.png", picture(), "image/png")})
    page = alice.get(PAGE).text
    assert "Eller lägg in en annan" in page
    assert "en egen bild" not in page
