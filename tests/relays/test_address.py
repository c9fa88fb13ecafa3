"""What a relay's URL says."""

import pytest

from mailer.errors import RefusedError
from mailer.relays.address import RelayAddress, Security, parse_relay_url


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://relay.example.org", RelayAddress("relay.example.org", 25, Security.STARTTLS)),
        ("smtp://u:p%40ss@relay.example.org", RelayAddress("relay.example.org", 587, Security.STARTTLS, "u", "p@ss")),
        ("smtps://relay.example.org", RelayAddress("relay.example.org", 465, Security.IMPLICIT_TLS)),
        ("smtp://relay.example.org:2525?starttls=off", RelayAddress("relay.example.org", 2525, Security.NONE)),
        ("smtp://127.0.0.1:1025", RelayAddress("127.0.0.1", 1025, Security.NONE)),
        ("smtp://localhost:1025?starttls=required", RelayAddress("localhost", 1025, Security.STARTTLS)),
        ("smtp://[::1]:1025", RelayAddress("::1", 1025, Security.NONE)),
    ],
)
def test_a_relay_url_is_read(url: str, relay: RelayAddress) -> None:
    assert parse_relay_url(url) == relay


@pytest.mark.parametrize(
    "url", ["http://a", "smtp://", "smtp://a:b", "smtp://a?starttls=maybe", "a:25", "smtp://a:99999"]
)
def test_a_wrong_relay_url_is_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        parse_relay_url(url)


def test_a_password_shows_nowhere() -> None:
    assert "secret" not in repr(parse_relay_url("smtps://user:secret@relay.example.org"))
    with pytest.raises(RefusedError) as refused:
        parse_relay_url("smtp://user:secret@relay.example.org?starttls=maybe")
    assert "secret" not in str(refused.value)
