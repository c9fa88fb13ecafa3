"""Readers' values in the mail that an editor looks at."""

from mailer.issues.slots import Slots, fill_as_sample


def test_a_sample_reader_has_fallbacks_and_no_address_of_somebody_else() -> None:
    slots = Slots("0123456789abcdef")
    name, empty = slots.take("first_name", "<läsare>"), slots.take("organisation", "", closes_up=True)
    link = slots.take("manage_url")
    text = f"Hej {name} {empty}! {empty} {link}"
    html, plain = fill_as_sample(text, text, slots.made.values(), "https://example.org/?a&b")
    assert plain == "Hej <läsare>! https://example.org/?a&b"
    assert html == "Hej &lt;läsare&gt;! https://example.org/?a&amp;b"
