"""Making each reader's mail by joining constant octets with a few encoded values.

A dispatch is compiled once per variant. Values are data: escaped for HTML, plain in text, never parsed again. The
octets for a reader are the same however often they are made, but for Date, which tells the attempt (RFC 5322 §3.6.1);
Message-ID is the same on every retry.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from mailer import links
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import DispatchContent, Variant
from mailer.mime import headers
from mailer.mime.address import envelope_address
from mailer.mime.message import CompiledMessage, Compiler, Hole, compile_alternative
from mailer.mime.quoted_printable import encode_value
from mailer.tokens import sign, tag


@dataclass(frozen=True)
class Mail:
    """One mail as the transport takes it: envelope sender and recipient (RFC 5321 §2.3.1), octets for DATA."""

    return_path: str
    recipient: str
    octets: bytes


class Personaliser:
    """Makes the mails of one dispatch."""

    def __init__(self, content: DispatchContent) -> None:
        self._content = content
        self._compiled: dict[str, tuple[Variant, CompiledMessage]] = {}
        self._domain = envelope_address(content.sender_email).rpartition("@")[2]
        self._bounce_domain = envelope_address(f"bounce@{content.bounce_domain}").rpartition("@")[2]

    def make(self, reader: Reader, now: datetime) -> Mail:
        """Return the mail for a reader; ValueError when a value cannot stand where it must."""
        variant, message = self._get_compiled(self._content.variant_of(reader.via))
        dispatch_id = self._content.dispatch_id
        numbers = (reader.subscriber_id, dispatch_id, reader.link_generation)
        leave_url = links.leave_url(sign("leave", *numbers))
        recipient = envelope_address(reader.address)
        values: dict[Hole, bytes] = {
            ("header", "to"): headers.mailbox_field("To", headers.one_line(reader.name), recipient),
            ("header", "date"): headers.raw_field("Date", headers.format_date(now)),
            ("header", "message-id"): headers.raw_field(
                "Message-ID", f"<{tag('message', dispatch_id, reader.sequence)}@{self._domain}>"
            ),
            ("header", "list-unsubscribe"): self._list_unsubscribe(leave_url, numbers),
        }
        personal = {
            "unsubscribe_url": leave_url,
            "manage_url": links.manage_url(sign("manage", *numbers)),
            "first_name": reader.name.split(" ")[0],
            "organisation": reader.organisation,
        }
        for name, fallback in variant.fallbacks.items():
            value = headers.one_line(personal[name.partition("|")[0]]) or fallback
            if value and name in variant.led_by_blank:
                value = " " + value
            values["html", name] = encode_value(escape(value))
            values["text", name] = encode_value(value)
        return_path = f"bounce+{tag('bounce', dispatch_id, reader.sequence)}@{self._bounce_domain}"
        return Mail(return_path, recipient, message.join(values))

    def _list_unsubscribe(self, leave_url: str, numbers: tuple[int, ...]) -> bytes:
        """Return the field with both ways out (RFC 2369 §3.2); the https one is the one-click one (RFC 8058 §3.1)."""
        mailbox = f"leave+{tag('leave', *numbers)}@{self._bounce_domain}"
        return f"List-Unsubscribe: <{leave_url}>,\r\n <mailto:{mailbox}?subject=unsubscribe>\r\n".encode()

    def _get_compiled(self, key: str) -> tuple[Variant, CompiledMessage]:
        if key not in self._compiled:
            variant = self._content.variants[key]
            message = compile_alternative(
                self._add_headers,
                text=variant.text,
                html=variant.html,
                sentinels=variant.names,
                boundary=f"=_{self._content.nonce}",
            )
            self._compiled[key] = (variant, message)
        return self._compiled[key]

    def _add_headers(self, compiler: Compiler) -> None:
        content = self._content
        compiler.add(headers.mailbox_field("From", content.sender_name, envelope_address(content.sender_email)))
        reply_to = content.reply_to or content.sender_email
        compiler.add(headers.mailbox_field("Reply-To", "", envelope_address(reply_to)))
        compiler.add_hole("header", "to")
        compiler.add(headers.text_field("Subject", content.subject))
        compiler.add_hole("header", "date")
        compiler.add_hole("header", "message-id")
        # RFC 2919 §3; RFC 2369 §3; the list takes no posts, so List-Post says NO.
        compiler.add(
            b"List-Id: "
            + headers.phrase(content.list_name, len("List-Id: "))
            + f"\r\n <{content.list_id}>\r\n".encode()
        )
        compiler.add_hole("header", "list-unsubscribe")
        compiler.add(headers.raw_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        help_mailbox = f"mailto:{envelope_address(reply_to)}?subject=help"
        compiler.add(headers.raw_field("List-Help", f"<{help_mailbox}>"))
        compiler.add(headers.raw_field("List-Owner", f"<mailto:{envelope_address(reply_to)}>"))
        compiler.add(headers.raw_field("List-Archive", f"<{content.archive_url}>"))
        compiler.add(headers.raw_field("List-Post", "NO"))
        compiler.add(headers.raw_field("Precedence", "bulk"))
        compiler.add(headers.raw_field("Feedback-ID", content.feedback_id))
        compiler.add(headers.raw_field("Content-Language", content.language))
