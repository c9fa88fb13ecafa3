"""Rich text: one canonical form, in mail, text and count."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from mailer.render.rich import style_for_mail, write_plain, write_web
from mailer.render.richtext import clean_rich, visible_text
from tests.blocks.stage import compose_block


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("Ett stycke", "<p>Ett stycke</p>"),
        ("Ett\n\nTvå & tre", "<p>Ett</p><p>Två &amp; tre</p>"),
        ("<div>Ett</div>löst<div>Två</div>", "<p>Ett</p><p>löst</p><p>Två</p>"),
        ("<b>fet</b> <i>kursiv</i>", "<p><strong>fet</strong> <em>kursiv</em></p>"),
        ("<h1>Rubrik</h1><h4>Under</h4>", "<h3>Rubrik</h3><h3>Under</h3>"),
        ("<p> </p><p>&nbsp;</p><p>a</p>", "<p>\u00a0</p><p>a</p>"),
        ("<p>a<br><br>b<br></p>", "<p>a<br>b</p>"),
        ("<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>", "<ul><li>a</li><li>b<br>c</li></ul>"),
        ("<ol><li>a<ul><li>b</li></ul></li></ol>", "<ol><li>a<ul><li>b</li></ul></li></ol>"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "<p>a</p><p>b</p>"),
        ("<strong><strong>a</strong></strong>", "<p><strong>a</strong></p>"),
        ('<a href="https://example.org/?a=1&b=2">l</a>', '<p><a href="https://example.org/?a=1&amp;b=2">l</a></p>'),
        ("<span style='color:red'>a</span><font>b</font>", "<p>ab</p>"),
        ("fra\u030an till\u00adsam\u200emans", "<p>från tillsammans</p>"),
    ],
)
def test_what_is_typed_has_one_canonical_form(typed: str, canonical: str) -> None:
    assert clean_rich(typed) == canonical
    assert clean_rich(canonical) == canonical


def test_lists_deeper_than_three_keep_their_words() -> None:
    cleaned = clean_rich("<ul><li>1<ul><li>2<ul><li>3<ul><li>4</li></ul></li></ul></li></ul></li></ul>")
    assert cleaned == "<ul><li>1<ul><li>2<ul><li>3<br>4</li></ul></li></ul></li></ul>"


def test_word_paste_becomes_plain_structure() -> None:
    pasted = (
        "<html xmlns:o='urn:x'><head><style>p{mso-x:1}</style></head><body lang=SV><p class=MsoNormal style='mso-x:1'>"
        "<span style='color:#1F497D'>Hej<o:p></o:p></span></p><!--[if !supportLists]--><p class=MsoListParagraph>"
        "<b style='mso-bidi-font-weight:normal'>Punkt</b></p><!--[endif]--></body></html>"
    )
    assert clean_rich(pasted) == "<p>Hej</p><p><strong>Punkt</strong></p>"


def test_visible_text_counts_words_not_markup() -> None:
    assert visible_text("<p>a &amp; b</p><ul><li>c<br>d</li></ul>") == "a & b c d"


def test_mail_styles_stand_on_the_elements() -> None:
    styled = style_for_mail('<p>a <a href="https://example.org">b</a></p>', "#005a70")
    assert styled == '<p style="margin:0 0 12px">a <a style="color:#005a70" href="https://example.org">b</a></p>'


@pytest.mark.parametrize("words", ['padding="0 10px" och', 'skriv target="_blank" i', 'height="auto" />', 'a "b" c'])
def test_words_that_look_like_attributes_are_shown_as_typed(words: str) -> None:
    composed = compose_block("text", {"heading": words, "body": f"<p>{words.replace('>', '&gt;')}</p>"})
    shown = [node.text() for node in LexborHTMLParser(composed.html).css("h2, h2 ~ p")]
    assert shown[:2] == [words, words]
    assert words in composed.text


def test_links_in_words_are_in_ascii_like_all_others() -> None:
    rich = clean_rich('<p><a href="https://exempelförening.example/år?a=1&b=2">Föreningen</a></p>')
    wired = '"https://xn--exempelfrening-2pb.example/%C3%A5r?a=1&amp;b=2">Föreningen</a>'
    assert wired in write_web(rich)
    composed = compose_block("text", {"body": rich})
    assert wired in composed.web
    assert wired in composed.html
    assert "https://exempelförening.example/år?a=1&b=2" in composed.text


def test_plain_text_has_lists_and_addresses() -> None:
    rich = (
        '<p>Läs <a href="https://example.org/a">planen</a><br>eller skriv till '
        '<a href="mailto:a@example.org">a@example.org</a></p>'
        "<h3>Sedan</h3><ol><li>ett<ul><li>inne</li></ul></li><li>två</li></ol>"
    )
    assert write_plain(rich) == (
        "Läs planen (https://example.org/a)\neller skriv till a@example.org\n\nSedan\n\n1. ett\n   - inne\n2. två"
    )
