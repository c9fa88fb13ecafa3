"""A notice as a mail: its sender's name and colours, text and HTML, marked as sent by a machine (RFC 3834 §5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailer.config import get_settings
from mailer.mime import headers
from mailer.mime.address import envelope_address
from mailer.mime.message import Compiler, compile_alternative
from mailer.notices.kinds import KINDS
from mailer.notices.models import Notice
from mailer.notices.sender import Sender
from mailer.render.jinja import Form, content_environment
from mailer.render.mjml import render_mjml
from mailer.render.text import wrap_text
from mailer.tokens import random_nonce, tag


@dataclass(frozen=True)
class NoticeMail:
    """Envelope sender and recipient (RFC 5321 §2.3.1), and octets for DATA that need no dot-stuffing."""

    return_path: str
    recipient: str
    octets: bytes
    subject: str


def compose_notice(sender: Sender, notice: Notice, *, now: datetime) -> NoticeMail:
    """Return the mail; ValueError when a value cannot stand where it must."""
    told = KINDS[notice.kind].tell(notice.values, now)
    context = {**told, "theme": sender.theme, "c": sender.theme.palette, "sender": sender}
    subject = headers.one_line(_render(notice, "subject.txt", "text", context))
    context["subject"] = subject
    name = tag("notice", notice.id)
    domain = envelope_address(sender.email).rpartition("@")[2]
    recipient = envelope_address(notice.address)

    def add_headers(compiler: Compiler) -> None:
        compiler.add(headers.mailbox_field("From", sender.name, envelope_address(sender.email)))
        compiler.add(headers.mailbox_field("Reply-To", "", envelope_address(sender.reply_to)))
        compiler.add(headers.mailbox_field("To", "", recipient))
        compiler.add(headers.text_field("Subject", subject))
        compiler.add(headers.date_field(now))
        compiler.add(headers.raw_field("Message-ID", f"<notice.{name}@{domain}>"))
        compiler.add(headers.raw_field("Auto-Submitted", "auto-generated"))
        # No standard, but what keeps Exchange from answering with out-of-office notes.
        compiler.add(headers.raw_field("X-Auto-Response-Suppress", "All"))
        compiler.add(headers.raw_field("Content-Language", notice.language))

    message = compile_alternative(
        add_headers,
        text=wrap_text(_render(notice, "body.txt", "text", context)),
        html=render_mjml(_render(notice, "body.mjml", "email", context)),
        sentinels={},
        boundary=f"=_{random_nonce()}",
    )
    bounces = get_settings().bounce_domain or domain
    return NoticeMail(f"notice+{name}@{bounces}", recipient, b"".join(message.fill({})[0]), subject)


def _render(notice: Notice, name: str, form: Form, context: dict[str, Any]) -> str:
    return content_environment(form, notice.language).get_template(f"mail/{notice.kind}/{name}").render(context)
