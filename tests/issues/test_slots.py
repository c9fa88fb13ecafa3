"""Readers' values in the mail that an editor looks at."""

from mailer import links
from mailer.issues.slots import Slots, count_longer, fill_as_sample
from mailer.tokens import sign


def test_a_sample_reader_has_fallbacks_and_no_address_of_somebody_else() -> None:
    slots = Slots("0123456789abcdef")
    name, empty = slots.take("first_name", "<läsare>"), slots.take("organisation", "", closes_up=True)
    link = slots.take("manage_url")
    text = f"Hej {name} {empty}! {empty} {link}"
    html, plain = fill_as_sample(text, text, slots.made.values(), "https://example.org/?a&b")
    assert plain == "Hej <läsare>! https://example.org/?a&b"
    assert html == "Hej &lt;läsare&gt;! https://example.org/?a&amp;b"


def test_no_reader_gets_more_octets_than_were_counted() -> None:
    slots = Slots("0123456789abcdef")
    name, link = slots.take("first_name", "du"), slots.take("answer_url")
    html = f"Hej {name}, {name}: {link}/1 {link}/2"
    sample, _text = fill_as_sample(html, "", slots.made.values(), "https://example.org/n/x/2026-1")
    token = sign("answer", 2**40, 2**40, 2**40)
    longest = html.replace(name, "Å" * 31).replace(link, links.answer_url(token))
    counted = len(sample.encode()) + count_longer(html, slots.made.values())
    assert len(longest.encode()) <= counted < len(longest.encode()) + 250
