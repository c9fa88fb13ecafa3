"""A Valkey server of our own for tests: the embedded one, in a temporary data folder, killed and started at will."""

import signal
import subprocess
import time
from pathlib import Path

from redis import Redis, RedisError

from mailer.cli.broker import broker_command
from mailer.jobs import redis_url


class Valkey:
    """The server of the present settings; its socket is the one that `mailer.jobs.broker_url` names."""

    def __init__(self) -> None:
        self.url = redis_url()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = broker_command()
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            try:
                with Redis.from_url(self.url) as client:
                    client.ping()
                return
            except RedisError:
                time.sleep(0.01)
        raise RuntimeError("Valkey did not start")

    def kill(self) -> None:
        """End it without a chance to save anything, and take its socket away."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            Path(self.url.removeprefix("unix://")).unlink(missing_ok=True)

    def command(self, *words: str | float) -> object:
        """Return the server's answer to a command."""
        with Redis.from_url(self.url, decode_responses=True) as client:
            return client.execute_command(*words)
