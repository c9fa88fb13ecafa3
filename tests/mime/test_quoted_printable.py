"""Quoted-printable bodies: they decode to what was written, and SMTP has nothing left to change."""

import quopri

from hypothesis import given
from hypothesis import strategies as st

from mailer.mime.quoted_printable import encode_text, encode_value, join_with_values

AWKWARD = st.text(alphabet=st.sampled_from("abc.=Fromå€😀 \t\n\x00-"), max_size=400) | st.text(max_size=200)


def decode(octets: bytes) -> str:
    return quopri.decodestring(octets).replace(b"\r\n", b"\n").decode()


def lines_are_safe(octets: bytes) -> bool:
    return all(
        len(line) <= 76 and not line.startswith((b".", b"From ")) and not line.endswith((b" ", b"\t"))
        for line in octets.split(b"\r\n")
    )


@given(AWKWARD)
def test_text_comes_back_as_written_with_safe_lines(text: str) -> None:
    text = text.replace("\r", "")
    encoded = encode_text(text)
    assert decode(encoded) == text
    assert lines_are_safe(encoded)


@given(st.lists(AWKWARD, min_size=2, max_size=6), AWKWARD)
def test_values_between_segments_come_back_as_one_line_each(segments: list[str], value: str) -> None:
    segments = [segment.replace("\r", "") for segment in segments]
    flat = value.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    pieces = join_with_values(segments)
    joined = encode_value(value).join(pieces)
    assert decode(joined) == flat.join(segments)
    assert lines_are_safe(joined)


def test_a_line_of_38000_octets_is_broken_softly() -> None:
    encoded = encode_text("x" * 38_000)
    assert lines_are_safe(encoded)
    assert decode(encoded) == "x" * 38_000
