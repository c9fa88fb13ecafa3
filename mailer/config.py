"""Settings, read once from the environment; the only module that looks at it."""

import os
import secrets
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCAL_INBOX_HOST = "127.0.0.1"
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own name; read when it is imported
CHECKOUT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """Return `data` in the checkout when we run from one, wherever the command is called; else in this folder."""
    return CHECKOUT / "data" if (CHECKOUT / "pyproject.toml").exists() else Path("data")


class Settings(BaseSettings):
    """What the operator can set; every field is an environment variable with the prefix MAILER_."""

    model_config = SettingsConfigDict(env_prefix="MAILER_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Folder for the database, assets, journals and the local inbox"
    )
    database_url: str = Field("", description="SQLAlchemy URL; default: SQLite in the data folder")
    redis_url: str = Field("", description="redis:// URL of the broker; default: the embedded Valkey on a unix socket")
    smtp_url: str = Field(
        "", description="smtp:// or smtps:// URL of the relay, or several with blanks between; default: the local inbox"
    )
    base_url: str = Field("", description="Address under which readers reach the service, without a slash at the end")
    secret_key: str = Field("", description="Key of all signatures; default: made once and kept in the data folder")
    former_secret_keys: str = Field(
        "",
        description="All keys before MAILER_SECRET_KEY was changed, the first one ever last, with commas between",
    )
    http_host: str = Field("127.0.0.1", description="Address the web server listens on")
    http_port: int = Field(8025, description="Port the web server listens on")
    inbox_port: int = Field(0, description="SMTP port of the local inbox; 0: a free one, remembered in the data folder")
    inbound_port: int = Field(
        0, description="Port on which mail to leave+…@ is taken from the mail server of the return path; 0: on none"
    )
    inbound_host: str = Field("127.0.0.1", description="Address of that port")
    inbound_protocol: Literal["lmtp", "smtp"] = Field(
        "lmtp",
        description="lmtp: behind a mail server such as Postfix; smtp: itself the server that the MX record names",
    )
    inbound_certificate: str = Field("", description="File with certificate chain and key for STARTTLS on that port")
    service_address: str = Field(
        "", description="Sender of mail to members, such as sign-in links; default: mailer@ the host of MAILER_BASE_URL"
    )
    page_cache_seconds: float = Field(
        1, ge=0, le=60, description="Seconds for which a public page is shown without asking the database again"
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies, with commas between, whose X-Forwarded-For and -Proto count",
    )
    assets_mb: int = Field(
        2000, ge=1, description="Megabytes of pictures and documents, in all their sizes, that a workspace may put in"
    )
    checks_mail_domains: bool = Field(
        True, description="Ask the DNS whether a domain that was typed takes mail, as a hint to whoever typed it"
    )
    bounce_domain: str = Field("", description="Domain of the return path; default: the domain of the sender")
    worker_processes: int = Field(2, description="Processes of one worker in production (`mailer worker`)")
    smtp_connections: int = Field(10, description="Connections a worker process keeps open to a relay at the most")
    # RFC 5321 §4.5.3.2 asks for minutes of patience; the relay is the operator's own, so that less will do.
    smtp_connect_seconds: float = Field(30, description="Seconds to wait for a connection to the relay")
    smtp_command_seconds: float = Field(60, description="Seconds to wait for the relay's answer to MAIL and RCPT")
    smtp_data_seconds: float = Field(120, description="Seconds to wait for the relay's answer to DATA")
    smtp_body_seconds: float = Field(180, description="Seconds to wait until the relay has room for a mail's octets")
    smtp_dot_seconds: float = Field(600, description="Seconds to wait for the relay to say that it has a mail")
    domain_rates: str = Field(
        "",
        description="Mails each relay sends to a domain, such as: gmail.com=20/s outlook.com,hotmail.com=300/min *=5/s",
    )
    rate_shares: int = Field(
        0,
        ge=0,
        description="Worker processes on all hosts, which share each rate while Redis is away; 0: those of one worker",
    )
    slow_start_per_day: int = Field(
        0,
        ge=0,
        description="Mails a new sender domain sends on its first day (UTC), each day twice as many; 0: no slow start",
    )
    keep_unconfirmed_days: int = Field(7, ge=1, description="Days to keep a wish to join that nobody has confirmed")
    keep_notices_days: int = Field(
        30, ge=30, description="Days to keep that the service wrote to a mailbox, as a keyed hash: limits need thirty"
    )
    keep_relay_words_days: int = Field(90, ge=1, description="Days to keep what relays said about mails they refused")
    keep_deliveries_months: int = Field(
        12, ge=1, description="Months to keep to whom a mail went, and named answers to polls; then only how many"
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of log lines: text or json")
    metrics_port: int = Field(0, ge=0, le=65535, description="Port on which a worker tells its metrics; 0: on none")
    metrics_host: str = Field("127.0.0.1", description="Address of that port; another than loopback needs the token")
    metrics_token: str = Field(
        "", description="Bearer token that reads /metrics, of the web server too, which has none without it"
    )

    @model_validator(mode="after")
    def _guard_metrics(self) -> Self:
        if self.metrics_port and not self.metrics_token and self.metrics_host not in LOOPBACK_HOSTS:
            raise ValueError("MAILER_METRICS_HOST opens metrics to other machines: set MAILER_METRICS_TOKEN, too")
        return self

    @property
    def resolved_rate_shares(self) -> int:
        return self.rate_shares or max(1, self.worker_processes)

    @property
    def uses_local_inbox(self) -> bool:
        return not self.smtp_url

    @property
    def inbox_port_file(self) -> Path:
        """Where the running local inbox tells its SMTP port."""
        return self.data_dir / "inbox-port"

    @property
    def resolved_smtp_url(self) -> str:
        """URL of the relay: MAILER_SMTP_URL or the local inbox, whose port is read anew each time."""
        if self.smtp_url:
            return self.smtp_url
        try:
            port = int(self.inbox_port_file.read_text())
        except (OSError, ValueError):
            port = self.inbox_port or 1025
        return f"smtp://{LOCAL_INBOX_HOST}:{port}?starttls=off"

    @cached_property
    def resolved_database_url(self) -> str:
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'mailer.sqlite3'}"
        # `postgres://` is what many hosting providers print; SQLAlchemy knows only the long name.
        return self.database_url.replace("postgres://", "postgresql://", 1)

    @property
    def address_file(self) -> Path:
        """Where the running service tells its address, for commands that are called without its settings."""
        return self.data_dir / "address"

    @cached_property
    def resolved_base_url(self) -> str:
        """Address for all links: the set one, else that of the set port, else that of the service on this folder."""
        if self.base_url:
            return self.base_url.rstrip("/")
        if "http_port" not in self.model_fields_set and self.address_file.is_file():
            return self.address_file.read_text()
        return f"http://localhost:{self.http_port}"

    @cached_property
    def base_host(self) -> str:
        return urlsplit(self.resolved_base_url).hostname or "localhost"

    @property
    def resolved_service_address(self) -> str:
        return self.service_address or f"mailer@{self.base_host}"

    @cached_property
    def resolved_secret_key(self) -> bytes:
        """Bytes of the signing key. Made once when not given; a lost key makes every link in sent mail dead."""
        if self.secret_key:
            return self.secret_key.encode()
        path = self.data_dir / "secret-key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return _create_secret_key(path)


def _create_secret_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(secrets.token_hex(32).encode())
    try:
        os.link(draft, path)  # atomic, and fails when another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    return Settings()


def metrics_folder() -> Path | None:
    """Return the folder in which the processes of this worker share their metrics; None where there is one process."""
    folder = os.environ.get(METRICS_FOLDER)
    return Path(folder) if folder else None


def environment_with(**more: str) -> dict[str, str]:
    """Return our environment with more variables, for a program that replaces this one."""
    return {**os.environ, **more}
