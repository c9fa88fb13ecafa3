"""The usual way in Python: Jinja and `EmailMessage` for each reader, aiosmtplib, and an ORM row for each mail."""

import asyncio
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

import aiosmtplib
from jinja2 import Environment, Template
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.sending.sink import run_sink
from mailer.deliveries.content import Variant

_URL = "https://nyhetsbrev.example.org/l/0123456789abcdef0123456789abcdef"


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "sent_mails"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    state: Mapped[str]
    sent_at: Mapped[datetime | None]


def measure_usual_way(folder: Path, variant: Variant, mails: int) -> float:
    """Send so many mails of an issue over one connection to a new sink; return CPU microseconds a mail."""
    database = create_engine(f"sqlite:///{folder / 'usual.sqlite3'}")
    _Base.metadata.drop_all(database)  # of an earlier run
    _Base.metadata.create_all(database)
    with Session(database) as session, run_sink(folder) as sink:
        session.add_all(_Row(id=n, address=f"reader{n}@example.org", state="planned") for n in range(1, mails + 1))
        session.commit()
        templates = _make_template(variant.html, variant, html=True), _make_template(variant.text, variant, html=False)
        started = time.process_time()
        asyncio.run(_send_all(session, sink.port, templates, mails))
        cpu = time.process_time() - started
    database.dispose()
    return cpu / mails * 1e6


async def _send_all(session: Session, port: int, templates: tuple[Template, Template], mails: int) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for number in range(1, mails + 1):
            row = session.get_one(_Row, number)
            await client.send_message(_make_mail(templates, number, row.address))
            row.state, row.sent_at = "sent", datetime.now(UTC)
            session.commit()


def _make_mail(templates: tuple[Template, Template], number: int, address: str) -> EmailMessage:
    html, text = templates
    values = {"first_name": "Åsa", "organisation": "Viken", "unsubscribe_url": _URL, "manage_url": _URL}
    mail = EmailMessage()
    mail["From"] = "Föreningen Viken <brev@example.org>"
    mail["To"] = f"Åsa Läsare {number} <{address}>"
    mail["Subject"] = "Våren kommer till Viken"
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    mail["List-Unsubscribe"] = f"<{_URL}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text.render(values))
    mail.add_alternative(html.render(values), subtype="html")
    return mail


def _make_template(content: str, variant: Variant, *, html: bool) -> Template:
    """Return the mail as a template: a variable where our own has a sentinel, everything else as it stands."""
    for sentinel, name in variant.names.items():
        field = "{% endraw %}{{ " + name.partition("|")[0] + " }}{% raw %}"
        content = content.replace(sentinel, field)
    return Environment(autoescape=html).from_string("{% raw %}" + content + "{% endraw %}")  # noqa: S701 - text has none
