"""Composed issues as readers get them: structure, slots, audiences, safety, size."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailer.blocks.registry import KINDS
from mailer.errors import InvalidError
from mailer.issues.compose import compose_issue
from mailer.issues.document import parse_document
from mailer.mime.quoted_printable import encode_text
from mailer.newsletters.theme import Theme
from tests.blocks.stage import LINKS, NONCE, THEME, compose, make_document, make_rich_document

TEXT = {"type": "text", "data": {"heading": "Rubrik", "body": "<p>Hej</p>"}}
DANGEROUS_TAGS = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "base",
    "link",
    "svg",
    "math",
    "video",
    "button",
}
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "{{7*7}}",
    "{% for x in y %}",
    "&lt;b&gt; & < >",
    "]]><mj-raw>",
    "</mj-text></mjml>",
    "\u202eabc\u0000\u00ad",
    "javascript:alert(1)",
    "https://example.org/?a=1&b=2",
    "a" * 70,
]


def assert_is_safe(html: str) -> None:
    for node in LexborHTMLParser(html).css("*"):
        assert node.tag not in DANGEROUS_TAGS
        for name, value in node.attributes.items():
            assert not name.lower().startswith("on")
            if name in {"href", "src"} and value and not value.startswith(f"slot{NONCE}"):
                assert re.match(r"(https?|mailto|tel):|#b-", value), value


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_rich_issue_has_one_h1_and_no_skipped_level(lang: str) -> None:
    html = compose(make_rich_document(lang)).html
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_mail_names_language_direction_and_title() -> None:
    tree = LexborHTMLParser(compose(make_rich_document()).html)
    root, article = tree.css_first("html"), tree.css_first("[role=article]")
    assert root is not None
    assert article is not None
    for node in (root, article):
        assert (node.attributes["lang"], node.attributes["dir"]) == ("sv", "ltr")
    assert tree.css_first("title").text() == "Nyhetsbrev 2017:1 – Föreningen Exempel"  # type: ignore[union-attr]


def test_tables_are_presentation_or_have_row_headers() -> None:
    for table in LexborHTMLParser(compose(make_rich_document()).html).css("table"):
        if table.attributes.get("role") != "presentation":
            rows = table.css("tr")
            assert rows
            assert all(row.css_first("th[scope=row]") for row in rows)


def test_every_image_has_alt_and_width_and_comes_from_our_host() -> None:
    images = LexborHTMLParser(compose(make_rich_document()).html).css("img")
    assert len(images) > 10
    for image in images:
        assert image.attributes.get("alt") is not None
        assert int(image.attributes["width"] or 0) <= 600
        assert (image.attributes["src"] or "").startswith("https://nyhetsbrev.example.org/")


def test_mail_asks_no_third_party_for_anything() -> None:
    html = compose(make_rich_document()).html
    assert "<link" not in html
    assert "@import" not in html
    assert "url(" not in html
    assert "fonts.g" not in html


def test_nothing_fixed_is_wider_than_the_mail() -> None:
    html = re.sub(r"<!--.*?-->", "", compose(make_rich_document()).html, flags=re.DOTALL)
    assert max(map(int, re.findall(r"width[=:]\"?(\d+)", html))) <= 600


def test_styles_are_small_and_dark_rules_have_their_own_element() -> None:
    styles = re.findall(r"<style[^>]*>(.*?)</style>", compose(make_rich_document()).html, re.DOTALL)
    assert sum(map(len, styles)) < 14_000
    dark = [style for style in styles if "prefers-color-scheme:dark" in style]
    assert len(dark) == 1
    assert "data-ogsc" not in dark[0]


def test_plain_neighbours_share_a_section() -> None:
    one, two = (len(compose(make_document([TEXT] * count)).html) for count in (1, 2))
    assert two - one < 500


def test_preheader_is_hidden_text_and_description() -> None:
    html = compose(make_document(preheader='Hör av dig "nu" <snart>')).html
    assert '<meta name="description" content="Hör av dig &#34;nu&#34; &lt;snart&gt;"' in html
    assert re.search(r"display:none[^>]*>Hör av dig &#34;nu&#34; &lt;snart&gt;(\u034f\u00a0){75}</div>", html)


def test_text_part_begins_with_issue_sender_and_address_and_ends_with_leaving() -> None:
    text = compose(make_rich_document()).text
    assert text.split("\n")[:4] == [
        "NYHETSBREV 2017:1",
        "Föreningen Exempel, 2 november 2016",
        "Läs nyhetsbrevet på webben:",
        "https://nyhetsbrev.example.org/exempel/2017-1",
    ]
    footer = text[text.index("\n-- \n") :]
    assert re.search(rf"\nÄndra din prenumeration:\nslot{NONCE}n\d\d\n", footer)
    assert re.search(rf"\nAvsluta prenumerationen:\nslot{NONCE}n\d\d\n", footer)


def test_text_part_keeps_to_72_columns_without_trailing_blanks() -> None:
    lines = compose(make_rich_document()).text.split("\n")
    assert [line for line in lines if line != line.rstrip()] == ["-- "]
    assert not [line for line in lines if len(line) > 72 and " " in line.strip()]


def test_the_line_before_the_sender_keeps_its_blank_on_the_wire() -> None:
    wire = encode_text(compose(make_document([TEXT])).text)
    assert b"\r\n--=20\r\nF=C3=B6reningen Exempel\r\n" in wire


def test_slots_are_plain_and_stand_where_values_go() -> None:
    composed = compose(make_document([{"type": "greeting", "data": {"template": "Hej {{fornamn|}}!"}}]))
    by_name = {slot.name: slot for slot in composed.slots}
    assert set(by_name) == {"manage_url", "unsubscribe_url", "first_name"}
    for slot in composed.slots:
        assert re.fullmatch(rf"[a-z0-9]*{NONCE}[a-z0-9]*", slot.sentinel)
        assert slot.sentinel in composed.html
        assert slot.sentinel in composed.text
        assert slot.sentinel not in composed.web
    assert f'href="{by_name["unsubscribe_url"].sentinel}"' in composed.html
    assert f"\n{by_name['unsubscribe_url'].sentinel}\n" in composed.text
    assert by_name["first_name"].closes_up
    assert f"Hej {by_name['first_name'].sentinel}!" in composed.text


def test_a_nonce_that_could_be_typed_is_refused() -> None:
    with pytest.raises(ValueError, match="16 hexadecimal"):
        compose_issue(make_document(), Theme(organisation="x"), LINKS, {}, {}, nonce="slot")


def test_audience_blocks_are_for_their_lists_and_never_on_the_web() -> None:
    document = make_document([TEXT, TEXT | {"audience": ["parter"], "data": {"body": "<p>Hemligt</p>"}}])
    everyone, partners = compose(document), compose(document, audience=frozenset({"parter", "alla"}))
    assert "Hemligt" not in everyone.html + everyone.text + everyone.web + partners.web
    assert "Hemligt" in partners.html
    assert "Hemligt" in partners.text


@pytest.mark.parametrize("form", ["email", "web", "text"])
def test_blocks_are_hidden_where_they_should_be(form: str) -> None:
    composed = compose(make_document([TEXT | {"hidden_in": [form], "data": {"body": "<p>Ibland</p>"}}]))
    seen = {"email": composed.html, "web": composed.web, "text": composed.text}
    assert {name for name, output in seen.items() if "Ibland" not in output} == {form}


def test_idle_dividers_are_left_out() -> None:
    line: dict[str, Any] = {"type": "divider", "data": {}}
    web = compose(make_document([line, TEXT, line, line, TEXT, line])).web
    assert web.count("<hr") == 1


def test_markers_stand_around_blocks_only_when_asked_for() -> None:
    document = make_rich_document()
    assert "block:b" not in compose(document).html
    marked = compose(document, markers=True)
    for block in document.blocks:
        if "email" in block.data.FORMS and block.type != "divider":
            assert f"<!--block:{block.id}-->" in marked.html
            assert f"<!--/block:{block.id}-->" in marked.html


def test_web_sections_have_their_ids_and_names() -> None:
    web = compose(make_rich_document()).web
    tree = LexborHTMLParser(web)
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    for node in tree.css("[aria-labelledby]"):
        assert tree.css_first(f"#{node.attributes['aria-labelledby']}") is not None
    assert "<h1" not in web
    assert "style=" not in web


def test_theme_without_extras_leaves_no_empty_rows() -> None:
    composed = compose(make_document([TEXT]), Theme(organisation="Föreningen"))
    assert "mailto:" not in composed.html
    assert "E-post" not in composed.text


def test_composing_twice_gives_the_same_bytes() -> None:
    assert compose(make_rich_document()) == compose(make_rich_document())


def test_twenty_blocks_stay_small() -> None:
    blocks = [{"type": kind.NAME, "data": kind.EXAMPLES[0]} for kind in KINDS]
    assert len(compose(make_document(blocks)).html.encode()) < 65_000


words = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))


def with_texts(value: Any, draw: st.DrawFn) -> Any:  # noqa: ANN401 any JSON value
    """Replace some texts of an example by nasty ones."""
    if isinstance(value, dict):
        return {key: inner if key == "asset" else with_texts(inner, draw) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_texts(inner, draw) for inner in value]
    if isinstance(value, str) and draw(st.integers(0, 5)) == 0:
        return draw(words)
    return value


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    blocks = [
        {"type": kind.NAME, "data": with_texts(dict(draw(st.sampled_from(kind.EXAMPLES))), draw)} for kind in kinds
    ]
    settings = {
        "number": "2017:1",
        "lang": draw(st.sampled_from(["sv", "en"])),
        "subject": draw(words),
        "title": draw(words),
    }
    return {**settings, "preheader": draw(words), "blocks": blocks}


@given(raw=documents())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_whatever_is_accepted_composes_without_script(raw: dict[str, Any]) -> None:
    try:
        document = parse_document(raw)
    except InvalidError:
        return
    composed = compose(document, THEME.model_copy(update={"why": document.subject}))
    assert_is_safe(composed.html)
    assert_is_safe(composed.web)
