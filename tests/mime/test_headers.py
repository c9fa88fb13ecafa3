"""Header fields: read back by the standard library as what was written, and never two where one was meant."""

from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.mime.headers import HeaderError, mailbox_field, one_line, raw_field, text_field

LINE = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200)


@given(LINE)
def test_a_subject_comes_back_in_lines_of_at_most_78_octets(subject: str) -> None:
    octets = text_field("Subject", subject)
    assert all(len(line) <= 78 for line in octets.split(b"\r\n"))
    assert octets.endswith(b"\r\n")
    message = message_from_bytes(octets + b"\r\n", policy=policy.default)
    assert list(message.keys()) == ["Subject"]
    assert str(message["Subject"]).split() == subject.split()


@pytest.mark.parametrize(
    "name", ['Öberg, "Märta"', "a <b@example.org>", "Å" * 200, "👩‍🌾 Gård & vänner", "A\\B", "=?utf-8?q?x?="]
)
def test_a_display_name_never_becomes_another_address(name: str) -> None:
    message = message_from_bytes(mailbox_field("To", name, "reader@example.org") + b"\r\n", policy=policy.default)
    addresses = cast("AddressHeader", message["To"]).addresses
    assert [address.addr_spec for address in addresses] == ["reader@example.org"]
    assert addresses[0].display_name.replace(" ", "") == name.replace(" ", "")


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\x00b", "a\x0bb", "a\u2028b", "a\x85b"])
def test_a_line_break_in_a_value_is_refused(evil: str) -> None:
    with pytest.raises(HeaderError):
        text_field("Subject", evil)
    with pytest.raises(HeaderError):
        mailbox_field("To", evil, "a@example.org")
    with pytest.raises(HeaderError):
        raw_field("Date", evil)
    assert one_line(evil).isprintable()
