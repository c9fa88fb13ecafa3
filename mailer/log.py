"""Log lines of every process: time, level, logger, words and ids, as text or JSON, and never an address or a token.

    log.warning("no connection to the relay", extra=ids(dispatch=7, relay="relay.example.org:25"))

Code logs ids in the first place. Whatever is written all the same, by a relay's reply in an exception, by Celery,
uvicorn or a driver, goes through `redact` as a whole, tracebacks included: nothing is printed that was not seen by it.
"""

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any, Literal

from mailer.config import get_settings

# A relay's reply may have a million octets; the end of a traceback says most.
EVENT_CHARACTERS, TRACE_CHARACTERS = 2_000, 20_000

FACTS = ("workspace", "dispatch", "batch", "delivery", "relay", "worker", "stage", "code", "reference", "error")

# A quoted or bare local part, also as it stands in a URL. What follows the @ may be a name, also with letters outside
# ASCII, or an address literal (RFC 5321 §4.1.3).
_ADDRESS = re.compile(r"""(?:"[^"\n]{1,64}"|[^\s<>()\[\]"',;:=|/\\]{1,128})(?:@|%40)(?:[\w.-]+|\[[^\]\s]*\])""")
_PASSWORD = re.compile(r"://[^/\s@]*@")
_LINK = re.compile(r"(/(?:u|m|c|r|min|undo|address|sign-in|setup|invitation)/)[^\s\"'<>?#/,;)]+")
_WORD = re.compile(r"(?<![\w/.-])[A-Za-z0-9_-]{22,}(?![\w.-])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

# Those who set up handlers of their own; their lines are to pass ours.
_OTHERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "celery", "celery.task", "celery.redirected")


# Celery tells of a broker that went away with a page of its own insides; that it went away is all there is to know.
_WITHOUT_TRACE = frozenset({"celery.worker.consumer.consumer"})


def ids(
    *,
    workspace: int | None = None,
    dispatch: int | None = None,
    batch: int | None = None,
    delivery: int | None = None,
    relay: str | None = None,
    worker: str | None = None,
    stage: str | None = None,
    code: int | None = None,
    reference: str | None = None,
    error: BaseException | None = None,
) -> dict[str, Any]:
    """Return the ids of a line for `extra`. `delivery` is a sequence, `batch` its first one, `relay` host and port.

    `error` is somebody else's words, for those who have to mend it.
    """
    return {name: value for name, value in locals().items() if value is not None}


def set_up(stream: IO[str] | None = None) -> None:
    """Make every logger of this process write through our one handler, to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(get_settings().log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("mailer", "worker"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _OTHERS:
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda found: _log_uncaught(
        found.exc_type, found.exc_value or found.exc_type(), found.exc_traceback
    )


def redact(text: str) -> str:
    """Return text without mail addresses, links of readers, secrets and passwords in URLs."""
    text = _PASSWORD.sub("://[password]@", text)
    text = _ADDRESS.sub("[address]", text)
    text = _LINK.sub(r"\1[token]", text)
    return _WORD.sub(lambda match: "[token]" if _looks_random(match[0]) else match[0], text)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Python itself would print the words of the exception as they are."""
    if issubclass(kind, Exception):
        logging.getLogger(__name__).critical("ended by a fault", exc_info=(kind, error, trace))
    else:  # Ctrl-C and the like
        sys.__excepthook__(kind, error, trace)


class Lines(logging.Formatter):
    """One line for each record; in text a traceback follows on lines that begin with a bar."""

    def __init__(self, form: Literal["text", "json"]) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = redact(_words(record)[:EVENT_CHARACTERS])
        found = {name: _harmless(getattr(record, name)) for name in FACTS if hasattr(record, name)}
        trace = redact(self._trace(record)[-TRACE_CHARACTERS:])
        if self._form == "json":
            line = {"time": at, "level": record.levelname, "logger": record.name, "event": event, **found}
            return json.dumps(line | ({"trace": trace} if trace else {}), ensure_ascii=False)
        facts = "".join(f" {name}={_plain(str(value))}" for name, value in found.items())
        lines = "".join(f"\n  | {_plain(line)}" for line in trace.splitlines())
        return f"{at} {record.levelname} {record.name}: {_plain(event)}{facts}{lines}"

    def _trace(self, record: logging.LogRecord) -> str:
        if record.name in _WITHOUT_TRACE and record.levelno <= logging.WARNING:
            return ""
        parts = [self.formatException(record.exc_info) if record.exc_info else record.exc_text or ""]
        parts += [self.formatStack(record.stack_info)] if record.stack_info else []
        return "\n".join(parts).strip()


def _harmless(value: object) -> object:
    return value if isinstance(value, int) else redact(str(value)[:EVENT_CHARACTERS])


def _words(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a fault in somebody's call; the line is worth more than its arguments
        return str(record.msg)


def _plain(text: str) -> str:
    """Show control characters, so that words of others can neither begin a line of their own nor steer a terminal."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _looks_random(word: str) -> bool:
    """Tell base64 of 16 octets and more from long names: both cases, and a digit or many capitals."""
    capitals = sum(letter.isupper() for letter in word)
    has_digit = any(letter.isdigit() for letter in word)
    return (
        0 < capitals < len(word)
        and any(letter.islower() for letter in word)
        and (has_digit or capitals * 4 > len(word))
    )
