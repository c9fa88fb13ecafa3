"""Making each reader's mail by joining constant octets with a few encoded values.

A dispatch is compiled once per variant. Values are data: escaped for HTML, plain in text, never parsed again. The
octets for a reader are the same however often they are made, but for Date, which tells the attempt (RFC 5322 §3.6.1);
Message-ID is the same on every retry.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from typing import NamedTuple

from mailer import links
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import DispatchContent
from mailer.mime import headers
from mailer.mime.address import envelope_address
from mailer.mime.message import CompiledMessage, Compiler, Hole, compile_alternative
from mailer.mime.quoted_printable import PLAIN_OCTETS, encode_value
from mailer.tokens import as_tag, as_token, make_mac, pack_one, sign

_SECOND = timedelta(seconds=1)
_LINKS = frozenset({"unsubscribe_url", "manage_url", "read_url", "answer_url"})


class Mail(NamedTuple):
    """One mail as the transport takes it: envelope sender and recipient (RFC 5321 §2.3.1), octets for DATA in pieces.

    `pieces` end with CRLF and need no dot-stuffing; `size` is their length in octets (RFC 1870 §3).
    """

    return_path: str
    recipient: str
    pieces: list[bytes]
    size: int

    @property
    def octets(self) -> bytes:
        return b"".join(self.pieces)


class _Slot(NamedTuple):
    """A value of the mail's parts: whose it is, what stands there without one, and the holes it fills."""

    source: str
    fallback: str
    is_led_by_blank: bool
    in_text: Hole
    in_html: Hole


class Personaliser:
    """Makes the mails of one dispatch."""

    def __init__(self, content: DispatchContent) -> None:
        self._content = content
        self._compiled: dict[str, tuple[list[_Slot], CompiledMessage]] = {}
        self._domain = envelope_address(content.sender_email).rpartition("@")[2]
        self._bounce_domain = envelope_address(f"bounce@{content.bounce_domain}").rpartition("@")[2]
        self._leave_prefix, self._manage_prefix = links.leave_url(""), links.manage_url("")
        # Then links need neither escaping nor encoding, for what follows is letters, digits, - and _.
        self._links_are_plain = _encode(self._leave_prefix) == (self._leave_prefix.encode(),) * 2
        self._mac_leave, self._mac_manage, self._mac_bounce = make_mac("leave"), make_mac("manage"), make_mac("bounce")
        self._mac_answer, self._answer_prefix = make_mac("answer"), links.answer_url("")
        used = {name for one in content.variants.values() for name in one.names.values()}
        self._has_reading_links, self._has_polls = "read_url" in used, "answer_url" in used
        self._packed_dispatch = pack_one(content.dispatch_id)
        self._date = (datetime.min.replace(tzinfo=UTC), b"")  # a second, and its field

    def make(self, reader: Reader, now: datetime) -> Mail:
        """Return the mail for a reader; ValueError when a value cannot stand where it must."""
        slots, message = self._compiled.get(reader.via) or self._compile(reader.via)
        person = pack_one(reader.subscriber_id) + self._packed_dispatch + pack_one(reader.link_generation)
        delivery = self._packed_dispatch + pack_one(reader.sequence)
        # Return path and Message-ID hold one tag: both stand in the mail that arrives.
        tag, mac_leave = as_tag(delivery, self._mac_bounce(delivery)), self._mac_leave(person)
        leave_url = self._leave_prefix + as_token(person, mac_leave)
        name = headers.one_line(reader.name)
        recipient = envelope_address(reader.address)
        values: dict[Hole, bytes] = {
            "header to": headers.mailbox_field("To", name, recipient),
            "header date": self._date_field(now),
            "header message-id": f"Message-ID: <{tag}@{self._domain}>\r\n".encode(),
            "header list-unsubscribe": self._list_unsubscribe(leave_url, as_tag(person, mac_leave)),
        }
        personal = {
            "unsubscribe_url": leave_url,
            "manage_url": self._manage_prefix + as_token(person, self._mac_manage(person)),
            "first_name": name.partition(" ")[0],
            "organisation": headers.one_line(reader.organisation),
        }
        if self._has_reading_links:
            personal["read_url"] = links.reading_url(
                sign("read", reader.subscriber_id, self._content.newsletter_id, reader.link_generation)
            )
        if self._has_polls:
            personal["answer_url"] = self._answer_prefix + as_token(person, self._mac_answer(person))
        for source, fallback, is_led_by_blank, in_text, in_html in slots:
            value = personal[source] or fallback
            if value and is_led_by_blank:
                value = " " + value
            if source in _LINKS and self._links_are_plain and len(value) <= PLAIN_OCTETS:
                values[in_text] = values[in_html] = value.encode()
            else:
                values[in_text], values[in_html] = _encode(value)
        return Mail(f"bounce+{tag}@{self._bounce_domain}", recipient, *message.fill(values))

    def _list_unsubscribe(self, leave_url: str, tag: str) -> bytes:
        """Return the field with both ways out (RFC 2369 §3.2); the https one is the one-click one (RFC 8058 §3.1)."""
        mailbox = f"leave+{tag}@{self._bounce_domain}"
        return f"List-Unsubscribe: <{leave_url}>,\r\n <mailto:{mailbox}?subject=unsubscribe>\r\n".encode()

    def _date_field(self, now: datetime) -> bytes:
        """Return the Date field of this second, which thousands of mails share."""
        second, field = self._date
        if not second <= now < second + _SECOND:
            second = now.replace(microsecond=0)
            field = headers.date_field(second)
            self._date = second, field
        return field

    def _compile(self, via: str) -> tuple[list[_Slot], CompiledMessage]:
        variant = self._content.variants[self._content.variant_of(via)]
        message = compile_alternative(
            self._add_headers,
            text=variant.text,
            html=variant.html,
            sentinels=variant.names,
            boundary=f"=_{self._content.nonce}",
        )
        slots = [
            _Slot(name.partition("|")[0], fallback, name in variant.led_by_blank, f"text {name}", f"html {name}")
            for name, fallback in variant.fallbacks.items()
        ]
        self._compiled[via] = slots, message
        return slots, message

    def _add_headers(self, compiler: Compiler) -> None:
        content = self._content
        compiler.add(headers.mailbox_field("From", content.sender_name, envelope_address(content.sender_email)))
        reply_to = content.reply_to or content.sender_email
        compiler.add(headers.mailbox_field("Reply-To", "", envelope_address(reply_to)))
        compiler.add_hole("header to")
        compiler.add(headers.text_field("Subject", content.subject))
        compiler.add_hole("header date")
        compiler.add_hole("header message-id")
        # RFC 2919 §3; RFC 2369 §3; the list takes no posts, so List-Post says NO.
        compiler.add(
            b"List-Id: "
            + headers.phrase(content.list_name, len("List-Id: "))
            + f"\r\n <{content.list_id}>\r\n".encode()
        )
        compiler.add_hole("header list-unsubscribe")
        compiler.add(headers.raw_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        help_mailbox = f"mailto:{envelope_address(reply_to)}?subject=help"
        compiler.add(headers.raw_field("List-Help", f"<{help_mailbox}>"))
        compiler.add(headers.raw_field("List-Owner", f"<mailto:{envelope_address(reply_to)}>"))
        compiler.add(headers.raw_field("List-Archive", f"<{content.archive_url}>"))
        compiler.add(headers.raw_field("List-Post", "NO"))
        compiler.add(headers.raw_field("Precedence", "bulk"))
        compiler.add(headers.raw_field("Feedback-ID", content.feedback_id))
        compiler.add(headers.raw_field("Content-Language", content.language))


@lru_cache(maxsize=4096)  # names and organisations come again and again
def _encode(value: str) -> tuple[bytes, bytes]:
    """Return a value as it stands in the text and in the HTML."""
    encoded, escaped = encode_value(value), escape(value)
    return encoded, encoded if escaped == value else encode_value(escaped)
