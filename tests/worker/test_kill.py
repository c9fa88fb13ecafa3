"""Real processes, really killed: everybody is reached, and only mails on the wire may be doubled."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailer import clock
from mailer.db import transaction
from mailer.deliveries.recover import take_back_abandoned
from tests.factories.newsletters import House
from tests.lab.script import Script
from tests.lab.sink import SmtpServer
from tests.worker.conftest import plan, progress
from worker.engine.journal import read_marks
from worker.engine.process import Engine

_HELP = "import sys; from worker.engine.process import Engine; Engine().help_with(int(sys.argv[1]), 60)"


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_killed_worker_loses_nobody_and_doubles_at_most_what_was_on_the_wire(
    share: float, house: House, sending_engine: Engine, serve: Callable[[Script], SmtpServer]
) -> None:
    server = serve({})
    server.offer = replace(
        server.offer, latency=0.01
    )  # so that there is a middle to be killed in, on a busy machine too
    dispatch_id = plan(house, 1500)
    process = subprocess.Popen([sys.executable, "-c", _HELP, str(dispatch_id)], env=dict(os.environ))
    deadline = time.monotonic() + 30
    while server.ledger.count < 1500 * share and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert server.ledger.count < 1500
    with transaction() as session:
        settled = take_back_abandoned(session, read_marks, now=clock.now())
    assert settled
    sending_engine.help_with(dispatch_id, 30)
    counts = Counter(mail.recipient for mail in server.mails)
    assert set(counts) == {f"reader{n}@example.org" for n in range(1, 1501)}
    assert sum(counts.values()) - 1500 <= 10
    ended = progress(dispatch_id)
    assert (ended.state, ended.deliveries["sent"]) == ("finished", 1500)
