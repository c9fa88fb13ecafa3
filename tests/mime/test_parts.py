"""Taking mails apart: what we compose ourselves, and malformed ones in bounded time (trust cases L9, L10)."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.mime.parts import find_header, read_headers, read_parts


def test_text_html_and_attachments_are_told_apart() -> None:
    message = EmailMessage()
    message["Subject"] = "Våren kommer till Viken, och med den årets första nummer av vårt nyhetsbrev"
    message.set_content("Hej på dig\n")
    message.add_alternative("<p>Hej på <b>dig</b></p>\n", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="möte.ics", cid="<c1>")
    parts = read_parts(message.as_bytes(policy=SMTP))
    assert (parts.text, parts.html, parts.problem) == ("Hej på dig\n", "<p>Hej på <b>dig</b></p>\n", "")
    assert find_header(parts.headers, "subject") == message["Subject"]
    (calendar,) = parts.parts
    assert (calendar.content_type, calendar.filename, calendar.content_id) == ("text/calendar", "möte.ics", "c1")
    assert calendar.content == b"BEGIN:VCALENDAR"


def test_mail_inside_a_mail_is_one_part() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("inner text")
    outer = EmailMessage()
    outer.set_content("outer text")
    outer.add_attachment(inner)
    parts = read_parts(outer.as_bytes(policy=SMTP))
    assert parts.text == "outer text\n"
    assert [part.content_type for part in parts.parts] == ["message/rfc822"]
    assert b"inner text" in parts.parts[0].content


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (b"Subject: plain", "plain"),
        (b"Subject: =?iso-8859-1?q?V=E5ren?=", "Våren"),
        (b"Subject: =?utf-8?b?VsOl?=\r\n =?utf-8?b?cmVu?=", "Våren"),
        (b"Subject: =?utf-8?b?V?= x", "=?utf-8?b?V?= x"),
        (b"Subject: =?klingon?q?V=C3=A5ren?=", "Våren"),
        (b"Subject: =?punycode?q?a?=", "a"),
        (b"Subject: V\xe5ren", "Våren"),
        (b"Subject: V\xc3\xa5ren", "Våren"),
        (b"SUBJECT : Hi\r\n\tthere", "Hi there"),
        (b"Subject", ""),
    ],
)
def test_header_field_is_decoded_or_shown_as_it_is(field: bytes, text: str) -> None:
    assert find_header(read_headers(field + b"\r\nX: y\r\n\r\nSubject: body\r\n"), "Subject") == text


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain; charset=klingon",
        b"Content-Type: text/plain; charset=zlib",
        b"Content-Type: text/plain; charset*=utf-8''%FF",
        b"Content-Type: multipart/mixed",
        b'Content-Type: multipart/mixed; boundary="',
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Transfer-Encoding: \xff",
        b"Content-Type: \xff/\xff",
        b"Content-Type: message/rfc822",
        b"Content-Disposition: attachment; filename==?utf-8?b?V?=",
        b"",
    ],
)
def test_malformed_head_still_shows_the_mail(head: bytes) -> None:
    parts = read_parts(head + b"\r\nSubject: Hi\r\n\r\nH\xe5j\r\n--x\r\n\r\nfirst\r\n--x")
    assert find_header(parts.headers, "Subject") == "Hi"
    assert parts.text is not None or parts.parts


def nested(depth: int) -> bytes:
    mail = b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(depth))
    return b"Subject: deep\r\n" + mail + b"\r\nend"


HUGE = {
    "depth 1,000": nested(1_000),
    "depth at the limit, long": nested(49) + b"x\r\n" * 300_000,
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=x\r\nSubject: many\r\n\r\n"
    + b"--x\r\n\r\na\r\n" * 100_000,
    "1 MB header": b"Subject: " + b"=?utf-8?q?a" * 100_000 + b"\r\n\r\ntext",
    "1 MB of folded header": b"Subject: a" + b"\r\n a" * 300_000 + b"\r\n\r\ntext",
    "300,000 fields": b"a: b\r\n" * 300_000 + b"\r\ntext",
    "punycode": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 1_000_000,
    "broken base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=A" * 1_000_000,
}


LINES = [
    b"Content-Type: multipart/mixed; boundary=x",
    b"Content-Type: text/html",
    b"Content-Transfer-Encoding: base64",
    *(b"--x", b"--x--", b"", b":", b" a", b"\xff", b"=?utf-8?b?", b"?="),
]


@pytest.mark.timeout(30)  # the limits keep it near a second; without them it is minutes
@pytest.mark.parametrize("raw", HUGE.values(), ids=HUGE.keys())
def test_hostile_mail_takes_bounded_time(raw: bytes) -> None:
    parts = read_parts(raw)
    assert parts.text is not None or parts.parts
    assert all(len(value) <= 2_000 for _, value in parts.headers)


@given(st.binary(max_size=300) | st.lists(st.sampled_from(LINES), max_size=12).map(b"\r\n".join))
def test_no_octets_make_reading_fail(raw: bytes) -> None:
    assert isinstance(read_parts(raw).headers, list)
