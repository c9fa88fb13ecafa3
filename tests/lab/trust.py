"""Faults: a relay that is not who it says, or does not keep what TLS promises (cases M6 and M7 of the trust list)."""

import time

from tests.lab.fault import Act, Fault
from tests.lab.measure import Told
from tests.lab.sending import Sending

# Twenty failures in a row, with ever longer waits between them, over two connections.
_HOLD_SECONDS = 150


def _no_mail_until_healed(*options: str) -> Act:
    """Nothing may be said in clear, neither a password nor a mail; when the relay is well again, all of it goes out."""

    def act(sending: Sending, told: Told) -> None:
        state = sending.wait_for_state({"held", "finished"}, _HOLD_SECONDS)
        figures = sending.sink.process.ask("")
        if figures["count"] or figures["sign_ins"]:
            told.complaints.append(f"{figures['count']} mails and {figures['sign_ins']} sign-ins before it was safe")
        if state != "held":
            told.complaints.append(f"{state} instead of held")
        sending.sink.process.kill()
        sending.sink.options = [*options, "--certificate-file", str(sending.plant.certificate)]
        sending.sink.start()
        told.healed_at = time.time()
        if state == "held":
            sending.resume()

    return act


_GOOD = ("--tls", "starttls", "--user", "lab:secret", "--latency", "0.02")


def _fault(name: str, about: str, *options: str) -> Fault:
    return Fault(
        name, about, _no_mail_until_healed(*_GOOD), shares=(0.0,), options=options, is_secure_url=True, at_most=1000
    )


FAULTS = [
    _fault("tls-wrong-name", "a certificate for another name", *_GOOD, "--certificate", "wrong-name"),
    _fault("tls-expired", "a certificate that has expired", *_GOOD, "--certificate", "expired"),
    _fault("tls-unknown", "a certificate of an unknown authority", *_GOOD),
    _fault("tls-old", "TLS 1.0 only", *_GOOD, "--certificate", "tls1.0"),
    _fault("tls-stripped", "STARTTLS is not offered", "--user", "lab:secret"),
    _fault(
        "tls-forged",
        "replies forged behind the answer to STARTTLS, and the certificate of another",
        *_GOOD,
        "--extra-before-tls",
    ),
]
