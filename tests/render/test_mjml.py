"""The MJML renderer's traps, each kept shut by a test."""

import re

import pytest

from mailer.render.mjml import MjmlError, measure_depth, normalise, render_mjml


def page(inner: str, head: str = "") -> str:
    return (
        f'<mjml lang="sv" dir="ltr"><mj-head>{head}</mj-head><mj-body width="600px"><mj-section padding="0 20px">'
        f"<mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"
    )


def test_zero_padding_gets_its_unit_and_the_arithmetic_is_right() -> None:
    assert normalise('<a padding="0 20px" inner-padding="0">') == '<a padding="0px 20px" inner-padding="0px">'
    assert normalise('<a padding="10px 0px" width="0">') == '<a padding="10px 0px" width="0">'
    html = render_mjml(page('<mj-image src="https://example.org/a.png" alt="" padding="0" />'))
    assert 'width="560"' in html


def test_no_web_font_is_asked_for() -> None:
    assert "font" not in re.sub(r"font-(family|size|weight)", "", render_mjml(page("<mj-text>a</mj-text>")))


def test_entities_in_title_and_attributes_stay_entities() -> None:
    html = render_mjml(
        page('<mj-image src="https://example.org/a.png" alt="a &#34;b&#34;" />', "<mj-title>a &#34;b</mj-title>")
    )
    assert 'alt="a &#34;b&#34;"' in html
    assert "<title>a &#34;b</title>" in html
    assert '\\"' not in html


def test_comments_stay_only_when_asked_for() -> None:
    source = page("<!--block:a--><mj-text>a</mj-text>")
    assert "<!--block:a-->" not in render_mjml(source)
    assert "<!--block:a-->" in render_mjml(source, keep_comments=True)
    assert "<!--[if mso | IE]>" in render_mjml(source)


def test_broken_markup_is_an_error_of_ours() -> None:
    with pytest.raises(MjmlError):
        render_mjml("<mjml><mj-body>")


def test_depth_counts_open_elements() -> None:
    assert measure_depth('<a x=">"><b/><br><c></c></a>') == 2
    assert measure_depth("<p>" * 150) == 150
