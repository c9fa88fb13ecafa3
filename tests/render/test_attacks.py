"""Attack cases A1 to A15 of the trust model: what editors may type or paste, and what must never come out."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.errors import InvalidError
from mailer.newsletters.theme import Theme
from mailer.render.mjml import MjmlError, render_mjml
from mailer.render.richtext import clean_rich
from mailer.render.sanitise import clean_link
from tests.blocks.stage import compose, make_document
from tests.issues.test_compose import assert_is_safe

PAYLOADS = {
    "A1 script": "<p>a</p><script>alert(1)</script>",
    "A1 broken script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "A2 handlers": "<img src=x onerror=alert(1)><svg onload=alert(1)><details open ontoggle=alert(1)>x</details>",
    "A2 body": "<body onload=alert(1)><video src=x onplay=alert(1)></video>a",
    "A4 noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "A4 title": "<title><a title='</title><img src=x onerror=alert(1)>'></title>",
    "A4 math": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "A4 svg": "<svg><p><style><g title='</style><img src onerror=alert(1)>'>",
    "A4 template": "<template><script>alert(1)</script></template>a",
    "A4 comment": "<!-- <!-- --!> --><img src=x onerror=alert(1)><!--",
    "A5 style": "<style>@import url(https://x.example/)</style><p style='position:fixed;top:0'>a</p>",
    "A6 form": "<form action=https://x.example><input type=password><button formaction=javascript:x>b</button></form>",
    "A6 base": '<base href="https://x.example/"><meta http-equiv=refresh content="0;url=https://x.example">'
    "<link rel=prefetch href=https://x.example><iframe src=https://x.example></iframe><object></object><embed>",
    "A7 word": "<!--[if gte mso 9]><script>alert(1)</script><b onclick=x>c</b><![endif]--><p class=MsoNormal>d</p>",
    "A13 mjml": "<mj-include path='/etc/passwd' /><mj-raw><script>x</script></mj-raw><mj-head></mj-head></mj-text>",
}
SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "javascript&colon;alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//x.example/a",
    "/relative",
    "https:x.example",
    "https://",
    "https://user:secret@example.org/",
    "https://exam ple.org/",
    'https://example.org/"onmouseover=',
    "tel:call-me",
    "mailto:nobody",
]


def compose_text(body: str, heading: str = "") -> str:
    composed = compose(make_document([{"type": "text", "data": {"heading": heading, "body": f"<p>x</p>{body}"}}]))
    assert_is_safe(composed.html)
    assert_is_safe(composed.web)
    return composed.html + composed.web


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_markup_comes_out_clean_and_cleaning_twice_changes_nothing(payload: str) -> None:
    once = clean_rich(payload)
    assert clean_rich(once) == once
    assert nh3.clean(once) == nh3.clean(once, link_rel="noopener noreferrer")
    assert_is_safe(once)
    compose_text(payload)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_markup_in_lines_is_shown_as_typed(payload: str) -> None:
    line = payload[:70]
    composed = compose(
        make_document(
            [{"type": "hero", "data": {"image": {"asset": "a.jpg", "alt": line}, "caption": line}}],
            subject=line,
            preheader=line,
            title=line,
        ),
        Theme(organisation=line),
    )
    assert_is_safe(composed.html)
    assert_is_safe(composed.web)


@pytest.mark.parametrize("address", SCHEMES)
def test_f3_addresses_of_other_schemes_are_refused_in_fields_and_unlinked_in_text(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clean_link(address)
    with pytest.raises(InvalidError):
        make_document([{"type": "button", "data": {"label": "Tryck", "url": address}}])
    assert "<a" not in clean_rich(f'<p><a href="{address}">ord</a></p>')


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=1&c=2#d", "http://example.org", "mailto:info@example.org", "tel:+46196020000"]
)
def test_addresses_of_the_four_schemes_survive(address: str) -> None:
    assert clean_link(address) == address
    assert "<a " in clean_rich(f'<a href="{address}">ord</a>')


@pytest.mark.parametrize(
    "expression",
    [
        "{{7*7}}",
        "{{ config }}",
        "{{ ''.__class__.__mro__ }}",
        "{% include '/etc/passwd' %}",
        "{{ ''|attr('__class__') }}",
        "{{ '%s'.format_map(x) }}",
        "{% import 'blocks/_parts.mjml' as x %}",
        "{% for i in range(1000000000) %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{# gone #}",
        "${7*7} #{7*7} <%= 7*7 %>",
    ],
)
def test_template_expressions_are_shown_as_typed(expression: str) -> None:
    started = time.monotonic()
    data = {"heading": expression[:80], "body": f"<p>{expression}</p>"}
    composed = compose(make_document([{"type": "text", "data": data}], subject=expression, preheader=expression))
    assert time.monotonic() - started < 2
    assert expression.upper() in composed.text
    assert composed.subject == expression


def test_a_merge_value_is_not_part_of_any_template() -> None:
    composed = compose(make_document([{"type": "greeting", "data": {"template": "Hej {{fornamn|7*7<b>}}"}}]))
    (slot,) = [slot for slot in composed.slots if slot.name == "first_name"]
    assert slot.fallback == "7*7<b>"
    assert "7*7" not in composed.html


def test_mjml_includes_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mjml"
    secret.write_text("<mj-text>hemligt</mj-text>")
    for place in (str(secret), "../secret.mjml", "https://x.example/secret.mjml"):
        include = f'<mj-section><mj-column><mj-include path="{place}" /></mj-column></mj-section>'
        with pytest.raises(MjmlError):
            render_mjml(f"<mjml><mj-body>{include}</mj-body></mjml>")


def test_escaped_brackets_stay_escaped_through_mjml() -> None:
    html = compose_text("<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;</p>", "1 < 2 & 3 > 2")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;" in html
    assert "1 &lt; 2 &amp; 3 &gt; 2" in html


@pytest.mark.parametrize("quote", ['"', "'", '" onmouseover="x', "\\", '\\"', "`"])
def test_quotes_stay_inside_their_attribute(quote: str) -> None:
    data: Mapping[str, Any] = {"image": {"asset": "a.jpg", "alt": f"Bild {quote} x"}, "caption": quote}
    button = {"type": "button", "data": {"label": f"Tryck {quote}"[:30], "url": "https://example.org/"}}
    composed = compose(
        make_document([{"type": "image", "data": data}, button], preheader=f"a {quote} b", title=f"T {quote}")
    )
    assert_is_safe(composed.html)
    assert '\\"' not in composed.html.replace('\\\\"', "") or "\\" in quote
    assert "onmouseover" not in composed.html or "&#34; onmouseover=&#34;x" in composed.html


@pytest.mark.parametrize("colour", ["red", "#fff", '#000000"', "expression(1)", "#0000000", "#ffff00", "#999999"])
def test_colours_are_six_digits_that_can_be_read(colour: str) -> None:
    with pytest.raises(ValueError, match=r"primary"):
        Theme(organisation="x", primary=colour)


def test_overrides_and_controls_are_removed_from_lines_and_text() -> None:
    assert clean_rich("<p>a\u202eb\u0000c\u00ad\u2066d</p>") == "<p>abcd</p>"
    document = make_document([{"type": "heading", "data": {"text": "a\u202eb\u200f\x07"}}])
    assert document.blocks[0].data.headline("sv") == "ab"


def test_deep_and_large_input_is_stopped_without_harm() -> None:
    assert clean_rich("<em>" * 20_000 + "x").count("<em>") <= 1
    assert "x" in clean_rich("<ul><li>" * 5_000 + "x")
    with pytest.raises(InvalidError):
        make_document([{"type": "text", "data": {"body": "<b>" * 40_000}}])
    with pytest.raises(MjmlError, match="deep"):
        render_mjml("<mjml>" + "<b>" * 10_000)
    with pytest.raises(MjmlError, match="larger"):
        render_mjml("x" * 1_000_001)


html_soup = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<b>",
                "</i>",
                "<em>",
                "<a href='https://example.org/'>",
                "</a>",
                "<ul>",
                "<li>",
                "</ul>",
                "<br>",
            ]
        ),
        st.sampled_from(
            ["<h1>", "<table><tr><td>", "<div>", "&nbsp;", " ", "\n", "\u0301", "\u0338", "&lt;", "<!--", "-->"]
        ),
        st.text(max_size=4),
    ),
    max_size=25,
).map("".join)


@given(soup=html_soup)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_cleaning_any_soup_twice_gives_the_same_bytes(soup: str) -> None:
    once = clean_rich(soup)
    assert clean_rich(once) == once
