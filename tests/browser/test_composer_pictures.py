"""Pictures of one's own in a block's form: chosen, dropped and pasted, described there, and refused in words."""

import base64
import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from mailer import db
from mailer.assets.library import list_assets
from tests.browser.composer import EDIT, add_block, look, open_block, open_composer, read, texts, wait_saved
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_composer_pastes import PASTE

pytestmark = pytest.mark.browser

# Drops or pastes a file of these octets on what the selector names; tells whether the browser was kept from it.
BRING = """([selector, kind, name, type, octets]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(octets), (one) => one.charCodeAt(0))], name, {type}));
  const told = {bubbles: true, cancelable: true};
  const made = kind === "paste"
    ? new ClipboardEvent("paste", {clipboardData: data, ...told})
    : new DragEvent(kind, {dataTransfer: data, ...told});
  document.querySelector(selector).dispatchEvent(made);
  return made.defaultPrevented;
}"""
SJON = "Sjön i dimma"
THERE = 2  # files of the issue with every kind of block


def picture(size: tuple[int, int] = (1300, 800), colour: str = "#34657a") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, colour).save(drawn, "PNG")
    return drawn.getvalue()


def payload(raw: bytes, name: str = "sjon.png", kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": raw}


def bring(page: Page, selector: str, kind: str, raw: bytes, name: str = "sjon.png", type_: str = "image/png") -> bool:
    kept: bool = page.evaluate(BRING, [selector, kind, name, type_, base64.b64encode(raw).decode()])
    return kept


def own_words(form: Locator) -> Locator:
    return form.locator("take-picture").get_by_role("textbox", name="Beskriv bilden för den som inte ser den")


def use(form: Locator, words: str) -> None:
    own_words(form).fill(words)
    form.get_by_role("button", name="Använd bilden").click()
    expect(form.locator("take-picture.is-busy")).to_have_count(0)


def find_block(site: Site, kind: str) -> dict[str, Any]:
    data: dict[str, Any] = next(one["data"] for one in read(site) if one["type"] == kind)
    return data


def count_files(site: Site) -> int:
    with db.reading() as session:
        return len(list_assets(session, site.world.workspace_id))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 375), ("dark", 375)])
def test_a_picture_is_chosen_described_and_shown(
    site: Site, open_browser: OpenBrowser, scheme: str, width: int
) -> None:
    page = open_composer(open_browser(signed_in=True, color_scheme=scheme, viewport={"width": width, "height": 900}))
    form = add_block(page, "Bild med bildtext")
    look(page, f"picture-empty-{scheme}-{width}")
    form.get_by_label("Lägg in en egen bild").set_input_files([payload(picture())])
    alt = own_words(form)
    expect(alt).to_be_focused()
    expect(form.locator("take-picture")).to_contain_text("1300 × 800")
    look(page, f"picture-described-{scheme}-{width}")
    form.get_by_role("button", name="Använd bilden").click()
    expect(form.locator("take-picture .fault")).to_have_text("Beskriv bilden, eller kryssa i att den är dekorativ")
    expect(alt).to_be_focused()
    look(page, f"picture-undescribed-{scheme}-{width}")
    page.keyboard.type(SJON)
    page.keyboard.press("Enter")
    expect(form.locator(":scope .chosen-picture")).to_contain_text("1300 × 800")
    expect(form.get_by_label("Lägg in en egen bild")).to_be_focused()
    wait_saved(page)
    assert find_block(site, "image")["image"]["alt"] == SJON
    expect(form.locator("[name$='image.alt']")).to_have_value(SJON)
    look(page, f"picture-chosen-{scheme}-{width}")
    if width == 1280:
        expect(page.frame_locator(".preview iframe").get_by_alt_text(SJON)).to_be_visible()
    with db.reading() as session:
        assert list_assets(session, site.world.workspace_id)[0].alt == SJON


def test_a_dropped_picture_goes_to_its_row_and_a_file_elsewhere_never_opens(
    site: Site, open_browser: OpenBrowser
) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Kontakter")
    form.get_by_role("button", name="Fler rader").click()
    expect(form.locator("fieldset.part fieldset.part:has(> legend:has-text('Rad 2'))")).to_be_visible()
    form.locator("[name='f.heading']").fill("Vi")
    for number, name in enumerate(("Anna", "Bo")):
        form.locator(f"[name='f.rows.{number}.name_or_group']").fill(name)
    second = "#block-list > li:last-child [id$='f.rows.1.portrait']"
    assert bring(page, second, "dragover", picture())
    expect(page.locator(second).locator("take-picture")).to_have_class("is-over")
    assert bring(page, second, "drop", picture())
    expect(own_words(form)).to_be_focused()
    form.locator("[name='f.rows.0.role']").fill("Ordförande")  # typed while the picture waits
    form.get_by_role("button", name="Fler rader").click()
    expect(form.locator("[name='f.rows.3.role'], [name='f.rows.4.role']").first).to_be_visible()
    use(form, "Bo ler")
    expect(page.locator(second).locator(".chosen-picture")).to_be_visible()
    wait_saved(page)
    rows = find_block(site, "contacts")["rows"]
    assert [(row["name_or_group"], row.get("role", ""), row.get("portrait", {}).get("alt", "")) for row in rows] == [
        ("Anna", "Ordförande", ""),
        ("Bo", "", "Bo ler"),
    ]
    for place in ("body", ".preview-side", "[data-block='slut']"):
        assert bring(page, place, "dragover", b"x")
        assert bring(page, place, "drop", b"x")
    inside = BRING.replace(
        "document.querySelector(selector)", "document.querySelector('.preview iframe').contentDocument.body"
    )
    assert page.evaluate(inside, ["", "drop", "x.png", "image/png", ""])
    assert count_files(site) == THERE + 1


def test_a_pasted_picture_goes_to_the_block_and_never_into_a_text(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Bild och text sida vid sida")
    box = f"[id='{form.get_attribute('id')}'] .rich-input"
    page.locator(box).click()
    page.keyboard.type("Text")
    assert bring(page, box, "paste", picture())
    expect(form.locator(".rich-note")).to_have_text(
        "Bilder hör hemma i ett block med bild, så ingen bild klistrades in."
    )
    page.evaluate(PASTE, [box, "<p>Ord<img src='https://example.org/x.png'></p>"])
    expect(form.locator(".rich-note")).to_contain_text("så ingen bild klistrades in")
    expect(page.locator(box).locator("img")).to_have_count(0)
    expect(form.locator("take-picture.is-busy")).to_have_count(0)
    assert count_files(site) == THERE
    form.locator("[name='f.heading']").focus()
    assert bring(page, "[name='f.heading']", "paste", picture(), name="image.png")
    use(form, "Klistrad")
    expect(form.locator(".chosen-picture")).to_be_visible()
    wait_saved(page)
    data = find_block(site, "media_text")
    assert (data["image"]["alt"], data["body"]) == ("Klistrad", "<p>TextOrd</p>")


@pytest.mark.parametrize(
    ("raw", "name", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg", "x.svg går inte att använda: filen är ingen bild"),
        (picture()[:300], "x.png", "x.png går inte att använda: bilden är skadad"),
        (b"%PDF-1.4 x", "x.pdf", "x.pdf går inte att använda: filen är ingen bild"),
        (b"x" * 25_000_001, "x.png", "x.png går inte att använda: filen är större än 25 MB"),
    ],
    ids=["svg", "broken", "document", "heavy"],
)
def test_what_is_refused_is_told_at_its_field_and_changes_nothing(
    site: Site, open_browser: OpenBrowser, raw: bytes, name: str, words: str
) -> None:
    page = open_composer(open_browser(signed_in=True))
    form = add_block(page, "Bild med bildtext")
    form.locator("[name='f.caption']").fill("Skriven före")
    field = form.get_by_label("Lägg in en egen bild")
    if len(raw) < 1000:
        field.set_input_files([payload(raw, name)])
    else:
        page.evaluate(
            """(id) => { const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(25000001)], "x.png", {type: "image/png"}));
              const field = document.getElementById(id);
              field.files = data.files;
              field.dispatchEvent(new Event("change", {bubbles: true})); }""",
            field.get_attribute("id"),
        )
    fault = form.locator("take-picture .fault")
    expect(fault).to_contain_text(words)
    look(page, f"picture-refused-{name}")
    assert (fault.get_attribute("id") or "") in (field.get_attribute("aria-describedby") or "").split()
    form.locator("[name='f.credit']").fill("Skriven efter")
    page.wait_for_timeout(900)
    expect(fault).to_contain_text(words)
    expect(form.locator("[name='f.caption']")).to_have_value("Skriven före")
    assert count_files(site) == THERE
    field.set_input_files([payload(picture())])
    use(form, "Bra bild")
    wait_saved(page)
    assert find_block(site, "image") == {
        "image": {"alt": "Bra bild", "asset": find_block(site, "image")["image"]["asset"]},
        "caption": "Skriven före",
        "credit": "Skriven efter",
    }


def test_a_picture_waits_for_the_connection_and_its_words_stay(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(signed_in=True)
    page = open_composer(context)
    form = add_block(page, "Bild med bildtext")
    context.set_offline(True)
    form.get_by_label("Lägg in en egen bild").set_input_files([payload(picture())])
    own_words(form).fill(SJON)
    own_words(form).press("Enter")
    expect(form.locator("take-picture .fault")).to_contain_text("ingen kontakt")
    look(page, "picture-offline")
    page.keyboard.type("!")
    expect(own_words(form)).to_have_value(f"{SJON}!")
    form.get_by_role("button", name="Klar").click()  # which would take the words away
    expect(own_words(form)).to_be_focused()
    context.set_offline(False)
    expect(form.locator("take-picture.is-busy")).to_have_count(0)
    wait_saved(page)
    assert find_block(site, "image")["image"]["alt"] == f"{SJON}!"


def test_a_slow_picture_shows_how_far_it_is_and_is_called_off(site: Site, open_browser: OpenBrowser) -> None:
    page = open_composer(open_browser(signed_in=True))
    item = open_block(page, "intro")
    before = texts(site, "intro")
    form = add_block(page, "Bild med bildtext")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/files/picture", hold)
    form.get_by_label("Lägg in en egen bild").set_input_files([payload(picture())])
    expect(form.get_by_role("progressbar", name="Bilden laddas upp …")).to_be_visible()
    look(page, "picture-slow")
    item.locator("[name='f.heading']").fill("Skriven under tiden")
    own_words(form).press("Escape")
    expect(form.locator("take-picture.is-busy")).to_have_count(0)
    expect(form).to_be_visible()
    expect(form.get_by_label("Lägg in en egen bild")).to_be_focused()
    wait_saved(page)
    assert texts(site, "intro") == before | {"heading": "Skriven under tiden"}


def test_the_page_of_one_block_takes_pictures_too(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True).new_page()
    page.goto(f"{EDIT}/add/hero")
    form = page.locator("form#form")
    form.locator("[name='f.caption']").fill("Kvar")
    form.get_by_label("Lägg in en egen bild").set_input_files([payload(picture())])
    own_words(form).fill(SJON)
    form.get_by_role("button", name="Använd bilden").click()
    expect(page.locator(".cut-picture")).to_be_visible()
    expect(page.locator("[name='f.image.alt']")).to_have_value(SJON)
    expect(page.locator("[name='f.caption']")).to_have_value("Kvar")


def test_without_script_the_library_takes_pictures(site: Site, open_browser: OpenBrowser) -> None:
    page = open_browser(signed_in=True, java_script_enabled=False).new_page()
    page.goto(f"{EDIT}/add/hero")
    expect(page.locator("take-picture")).to_be_hidden()
    page.locator("details.picker summary").click()
    expect(page.get_by_role("link", name="Lägg in fler bilder")).to_be_visible()


@pytest.mark.parametrize("place", ["[type=file]", "[name='f.caption']", "fieldset.part"])
def test_a_screenshot_is_pasted_by_keyboard(site: Site, open_browser: OpenBrowser, place: str) -> None:
    page = open_composer(open_browser(signed_in=True, permissions=["clipboard-read", "clipboard-write"]))
    form = add_block(page, "Bild med bildtext")
    page.evaluate(
        """async (octets) => {
          const raw = Uint8Array.from(atob(octets), (one) => one.charCodeAt(0));
          const blob = new Blob([raw], {type: "image/png"});
          await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }""",
        base64.b64encode(picture()).decode(),
    )
    form.locator(place).first.focus()
    page.keyboard.press("Control+V")
    expect(form.locator("take-picture")).to_contain_text("1300 × 800")
    expect(own_words(form)).to_be_focused()
