"""Terms of relays in URLs and settings, the choice among relays, rates of domains, slow start: all pure."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import RefusedError
from mailer.relays.access import read_access_token
from mailer.relays.address import SignIn, parse_relay_url
from mailer.relays.choice import choose_option
from mailer.relays.rates import parse_domain_rates
from mailer.relays.slow_start import ENOUGH_PER_DAY, allowed_per_day, slow_start_quota
from mailer.relays.terms import RelayOption, RelayTerms, parse_relay, parse_relay_urls

ADDRESS = parse_relay_url("smtp://127.0.0.1:25")
TODAY = date(2026, 3, 2)


def make_options(*weights: int, connections: int | None = None) -> list[RelayOption]:
    terms = [RelayTerms(weight, connections) for weight in weights]
    return [RelayOption(f"relay:{n}", f"r{n}", ADDRESS, each) for n, each in enumerate(terms)]


def test_a_url_carries_the_terms() -> None:
    url = "smtp://relay.example.org?weight=3&connections=20&per_second=0.5&per_hour=100&per_day=1000&starttls=required"
    assert parse_relay(url)[1] == RelayTerms(3, 20, 0.5, 100, 1000)
    assert parse_relay("smtp://relay.example.org")[1] == RelayTerms()


@pytest.mark.parametrize(
    "query",
    [
        *("per_hours=5", "weight=-1", "weight=1.5", "weight=", "connections=0", "per_second=0", "per_second=nan"),
        *("per_second=inf", "per_hour=0", "per_day=many", "Weight=1"),
    ],
)
def test_terms_that_mean_nothing_are_refused(query: str) -> None:
    with pytest.raises(RefusedError):
        parse_relay(f"smtp://relay.example.org?{query}")


def test_the_setting_names_several_relays_and_their_keys_outlive_password_and_terms() -> None:
    one, other = parse_relay_urls(" smtp://u:a@one.example?weight=2\n smtps://two.example ")
    assert (one.terms.weight, one.name, other.address.port) == (2, "one.example:587", 465)
    again, _ = parse_relay_urls("smtp://u:b@one.example?weight=9 smtps://two.example")
    assert again.key == one.key != other.key
    assert parse_relay_urls("smtp://v:a@one.example")[0].key != one.key


@pytest.mark.parametrize("text", [" ", "smtp://u@one.example smtp://u:x@one.example?weight=2", "one.example"])
def test_settings_without_relays_or_with_one_twice_are_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        parse_relay_urls(text)


def test_xoauth2_is_read_with_the_token_or_the_file_that_holds_it(tmp_path: Path) -> None:
    given_token = parse_relay_url("smtp://news%40example.org:t0ken@smtp.example.com?auth=xoauth2")
    assert (given_token.sign_in, given_token.username) == (SignIn.XOAUTH2, "news@example.org")
    assert read_access_token(given_token) == "t0ken"
    file = tmp_path / "token"
    kept = parse_relay_url(f"smtp://news@smtp.example.com?auth=xoauth2&token_file={file}")
    with pytest.raises(RefusedError, match="cannot be read"):
        read_access_token(kept)
    file.write_text("\n")
    with pytest.raises(RefusedError, match="is empty"):
        read_access_token(kept)
    file.write_text("ya29.first\n")
    assert read_access_token(kept) == "ya29.first"
    file.write_text("ya29.second\n")
    assert read_access_token(kept) == "ya29.second"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://h?auth=xoauth2&token_file=/t",
        "smtp://u@h?auth=xoauth2",
        "smtp://u:p@h?auth=xoauth2&token_file=/t",
        "smtp://u:p@h?auth=plain",
        "smtp://u:p@h?token_file=/t",
    ],
)
def test_half_of_xoauth2_is_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        parse_relay_url(url)


def test_relays_are_chosen_by_weight() -> None:
    options = make_options(3, 1, 0)
    chosen = Counter(one.name for n in range(400) if (one := choose_option(options, n / 400, down=())))
    assert chosen == {"r0": 300, "r1": 100}


def test_a_standby_is_chosen_when_all_others_are_down_and_not_when_they_are_full() -> None:
    options = make_options(1, 1, 0, connections=2)
    full = {"relay:0": 2, "relay:1": 2}
    assert choose_option(options, 0.5, connections=full) is None
    taken_over = choose_option(options, 0.5, down={"relay:0", "relay:1"})
    assert taken_over
    assert taken_over.name == "r2"
    assert choose_option(options, 0.5, down={"relay:0", "relay:1"}, connections={"relay:2": 2}) is None


weights = st.lists(st.integers(0, 5), min_size=1, max_size=6)


@given(weights, st.sets(st.integers(0, 5)), st.floats(0, 1, exclude_max=True), st.lists(st.integers(0, 2), min_size=6))
def test_a_choice_is_up_and_has_room_and_there_is_one_if_there_can_be(
    given_weights: list[int], down_numbers: set[int], chance: float, open_connections: list[int]
) -> None:
    options = make_options(*given_weights, connections=2)
    down = {f"relay:{n}" for n in down_numbers}
    connections = {f"relay:{n}": count for n, count in enumerate(open_connections)}
    chosen = choose_option(options, chance, down=down, connections=connections)
    up = [option for option in options if option.key not in down]
    weighted = [option for option in up if option.terms.weight] or up
    assert chosen in [option for option in weighted if connections[option.key] < 2] or [None]
    assert (chosen is None) == all(connections[option.key] >= 2 for option in weighted)


def test_domain_rates_are_read() -> None:
    rates = parse_domain_rates("gmail.com,GoogleMail.com=20/s outlook.com,hotmail.com,live.com=300/min *=18000/h")
    assert rates.provider_of("GOOGLEMAIL.com") == "gmail.com"
    assert rates.rate_of("gmail.com") == 20
    assert rates.rate_of(rates.provider_of("live.com")) == 5
    assert rates.rate_of(rates.provider_of("example.org")) == 5
    assert parse_domain_rates("gmail.com=0.5/s").rate_of("example.org") is None
    assert parse_domain_rates("").rate_of("gmail.com") is None


@pytest.mark.parametrize(
    "text",
    ["gmail.com", "gmail.com=20", "gmail.com=0/s", "gmail.com=-1/s", "a,,b=1/s", "a,*=1/s", "a=1/s a=2/s", "=1/s"],
)
def test_domain_rates_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="MAILER_DOMAIN_RATES"):
        parse_domain_rates(text)


def test_slow_start_doubles_day_by_day_until_it_is_enough() -> None:
    days = [allowed_per_day(TODAY, TODAY + timedelta(days=day), 500) for day in range(13)]
    assert days == [500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 512000, None, None]
    assert allowed_per_day(TODAY, TODAY, 0) is None


@given(st.integers(-10, 100_000), st.integers(1, 2_000_000))
def test_slow_start_never_lets_less_on_a_later_day_and_ends(days: int, per_day: int) -> None:
    def allowed(day: int) -> int:
        return allowed_per_day(TODAY, TODAY + timedelta(days=day), per_day) or ENOUGH_PER_DAY

    assert allowed(days) <= allowed(days + 1) <= ENOUGH_PER_DAY
    assert slow_start_quota("example.org", TODAY, TODAY + timedelta(days=21), per_day) is None
