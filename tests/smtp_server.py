"""A real SMTP server on loopback for tests and benches: it records every mail before it says 250, and obeys a script.

    with SmtpServer() as server:                     # a thread with its own event loop
        ...                                          # send to server.url
        server.mails                                 # what was accepted, in order

`replies` maps a stage ("rcpt", "data", "dot" …) to a function from the recipient to a reply line, or None for "yes".
A reply of `CUT` closes the connection without a word, and `SILENCE` never answers. With the stage "lone dot" DATA is
accepted although nobody is to get the mail, as RFC 2920 §3.1 warns. From a command line
(`python -m tests.smtp_server --port 2525 --count`) it only counts, for benches.
"""

import argparse
import asyncio
import json
import threading
import time
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self, cast

import uvloop

CUT, SILENCE = "cut", "silence"
Script = Mapping[str, Callable[[str], str | None]]


@dataclass(frozen=True)
class ReceivedMail:
    """A mail the server took: envelope addresses and the octets as they came, dot-stuffing undone."""

    sender: str
    recipient: str
    octets: bytes


@dataclass
class Ledger:
    """What happened, seen from the relay."""

    mails: list[ReceivedMail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    count: int = 0
    octets: int = 0
    connections: int = 0
    reads: int = 0  # how often octets arrived: with small mails, the round trips
    times: "array[float]" = field(default_factory=lambda: array("d"))  # monotonic seconds, one for each mail
    keep: bool = True
    open: set[asyncio.Transport] = field(default_factory=set)

    def figures(self) -> dict[str, float]:
        """Return what benches want to know; the rate leaves out the first and the last tenth."""
        times, tenth = self.times, len(self.times) // 10
        span = times[-1 - tenth] - times[tenth] if times else 0.0
        return {
            "count": self.count,
            "octets": self.octets,
            "seconds": times[-1] - times[0] if times else 0.0,
            "rate_10_90": (len(times) - 1 - 2 * tenth) / span if span else 0.0,
        }


class _Session(asyncio.Protocol):
    def __init__(self, ledger: Ledger, script: Script) -> None:
        self._ledger, self._script = ledger, script
        self._buffer = bytearray()
        self._in_data = self._is_accepted = False
        self._sender = self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class is no subclass
        self._ledger.connections += 1
        self._ledger.open.add(self._transport)
        self._answer("greeting", "220 sink.example.org ESMTP")

    def connection_lost(self, _error: Exception | None) -> None:
        self._ledger.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._ledger.reads += 1
        while not self._transport.is_closing():
            if self._in_data:
                if not self._take_body():
                    return
            elif (end := self._buffer.find(b"\r\n")) >= 0:
                line = bytes(self._buffer[:end]).decode("utf-8", "replace")
                del self._buffer[: end + 2]
                self._obey(line)
            else:
                return

    def _take_body(self) -> bool:
        end = 0 if self._buffer.startswith(b".\r\n") else self._buffer.find(b"\r\n.\r\n")
        if end < 0:
            return False
        octets = bytes(self._buffer[: end + 2]) if end else b""
        del self._buffer[: end + (5 if end else 3)]
        self._in_data = False
        reply = self._scripted("dot")
        if self._is_accepted and (reply is None or reply.startswith("2")):
            self._record(octets)
        self._reply(reply, "250 2.0.0 taken")
        return True

    def _record(self, octets: bytes) -> None:
        ledger = self._ledger
        ledger.times.append(time.monotonic())
        ledger.count += 1
        ledger.octets += len(octets)
        if ledger.keep:
            plain = octets.replace(b"\r\n..", b"\r\n.")
            ledger.mails.append(ReceivedMail(self._sender, self._recipient, plain))

    def _obey(self, line: str) -> None:
        verb = line[:4].upper()
        if self._ledger.keep:
            self._ledger.commands.append(line)
        if verb == "EHLO":
            self._answer(
                "ehlo", "250-sink.example.org\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 ENHANCEDSTATUSCODES"
            )
        elif verb == "MAIL":
            self._sender = line[line.find("<") + 1 : line.find(">")]
            self._answer("mail", "250 2.1.0 ok")
        elif verb == "RCPT":
            self._recipient = line[line.find("<") + 1 : line.find(">")]
            self._is_accepted = self._answer("rcpt", "250 2.1.5 ok")
        elif verb == "DATA" and not self._is_accepted and "lone dot" not in self._script:
            self._say("554 5.5.1 no valid recipients")
        elif verb == "DATA":
            self._in_data = self._answer("data", "354 go on")
        elif verb == "QUIT":
            self._say("221 2.0.0 bye")
            self._transport.close()
        else:
            self._say("250 2.0.0 ok")

    def _scripted(self, stage: str) -> str | None:
        act = self._script.get(stage)
        return act(self._recipient) if act else None

    def _answer(self, stage: str, usual: str) -> bool:
        """Say the scripted or the usual reply; True when it was the usual one."""
        return self._reply(self._scripted(stage), usual)

    def _reply(self, reply: str | None, usual: str) -> bool:
        if reply == CUT:
            self._transport.abort()
        elif reply != SILENCE:
            self._say(reply or usual)
        return reply is None

    def _say(self, line: str) -> None:
        # A lone surrogate stands for an octet that is no UTF-8, as old servers send them.
        self._transport.write(line.encode("utf-8", "surrogateescape") + b"\r\n")


class SmtpServer:
    """The server in a thread, for a `with` statement."""

    def __init__(self, script: Script | None = None, *, keep: bool = True, port: int = 0) -> None:
        self.ledger = Ledger(keep=keep)
        self._script, self._port = script or {}, port
        self._loop = uvloop.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def mails(self) -> list[ReceivedMail]:
        return self.ledger.mails

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._port}?starttls=off"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        start = self._loop.create_server(lambda: _Session(self.ledger, self._script), "127.0.0.1", self._port)
        server = self._loop.run_until_complete(start)
        self._port = cast("asyncio.Server", server).sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for transport in self.ledger.open:
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with SmtpServer(keep=False, port=arguments.port) as server:
        print(server.port, flush=True)
        while True:
            input()
            ledger = server.ledger
            print(json.dumps(ledger.figures()), flush=True)


if __name__ == "__main__":
    main()
