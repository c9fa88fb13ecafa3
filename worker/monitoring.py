"""The worker's own /metrics: a thread of its first process answers for all of them, on a port of its own.

Started once the worker is ready, never in a forked child.
"""

import logging
import socketserver
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from mailer import clock, metrics
from mailer.config import get_settings
from mailer.deliveries.gauges import gauges

log = logging.getLogger(__name__)


class Server(socketserver.ThreadingTCPServer):
    """Answers GET /metrics until the process ends."""

    allow_reuse_address = True
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    timeout = 10  # a client that says nothing

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif not metrics.may_read(self.headers.get("Authorization", "")):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", "Bearer")
            self.end_headers()
        else:
            self._send(metrics.render(gauges(clock.now())))

    def log_message(self, *_: object) -> None:
        """Say nothing: a scrape every few seconds is no news."""

    def _send(self, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", metrics.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_metrics() -> Server | None:
    """Start answering, when the settings name a port. A port that is taken is a warning: mail matters more."""
    settings = get_settings()
    if not settings.metrics_port:
        return None
    try:
        server = Server((settings.metrics_host, settings.metrics_port), _Handler)
    except OSError as error:
        log.warning("No metrics: port %s cannot be used: %s", settings.metrics_port, error.strerror)
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
