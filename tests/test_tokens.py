"""Tokens: one purpose, one spelling, nothing to forge, nothing too long for an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import NotFoundError
from mailer.tokens import hash_address, hash_secret, hash_voter, read_signed, read_tag, seal, sign, tag, unseal
from tests.conftest import forget_settings

NUMBERS = st.lists(st.integers(0, 2**63), min_size=1, max_size=4).map(tuple)


@given(NUMBERS)
def test_a_token_gives_its_numbers_back_for_its_own_purpose_only(numbers: tuple[int, ...]) -> None:
    token = sign("leave", *numbers)
    assert read_signed("leave", token, len(numbers)) == numbers
    with pytest.raises(NotFoundError):
        read_signed("manage", token, len(numbers))
    with pytest.raises(NotFoundError):
        read_signed("leave", token, len(numbers) + 1)


def test_flipping_any_character_of_a_token_makes_it_unknown() -> None:
    token = sign("leave", 7, 12345, 0)
    for place, character in enumerate(token):
        for other in "Aa0-_":
            if other != character:
                with pytest.raises(NotFoundError):
                    read_signed("leave", token[:place] + other + token[place + 1 :], 3)


@pytest.mark.parametrize("nonsense", ["", "x", "=", "åäö", "a" * 5000, "../../etc/passwd", "BgMA\n", "%00"])
def test_nonsense_is_an_unknown_link_and_never_an_error(nonsense: str) -> None:
    with pytest.raises(NotFoundError):
        read_signed("leave", nonsense, 3)
    with pytest.raises(NotFoundError):
        read_tag("bounce", nonsense, 2)


@given(NUMBERS)
def test_an_address_tag_survives_servers_that_fold_case(numbers: tuple[int, ...]) -> None:
    text = tag("bounce", *numbers)
    assert read_tag("bounce", text.upper(), len(numbers)) == numbers
    with pytest.raises(NotFoundError):
        read_tag("leave", text, len(numbers))


def test_a_return_path_has_at_most_64_octets_before_the_at_sign() -> None:
    assert len("bounce+" + tag("bounce", 2**63, 2**31)) <= 64
    assert len("leave+" + tag("leave", 2**63, 2**31, 9)) <= 64


def test_another_key_makes_every_token_and_sealed_secret_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    token, sealed, hashed = sign("leave", 1, 2, 3), seal("smtp://u:p@relay.example.org"), hash_secret("s")
    assert unseal(sealed) == "smtp://u:p@relay.example.org"
    monkeypatch.setenv("MAILER_SECRET_KEY", "another key")
    forget_settings()
    assert hash_secret("s") != hashed
    with pytest.raises(NotFoundError):
        read_signed("leave", token, 3)
    with pytest.raises(NotFoundError):
        unseal(sealed)


def test_b9_links_outlive_one_rotation_of_the_key_and_addresses_keep_their_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token, mark, sealed = sign("leave", 7, 1, 0), tag("leave", 7, 1, 0), seal("password")
    address, voter = hash_address("a@b.example"), hash_voter(7, 1, "fraga")
    rotate(monkeypatch, "the second key", "a key for tests only")
    assert read_signed("leave", token, 3) == read_tag("leave", mark, 3) == (7, 1, 0)
    newer = sign("leave", 7, 1, 0)
    assert newer != token
    rotate(monkeypatch, "the third key", "the second key, a key for tests only")
    assert read_signed("leave", newer, 3) == (7, 1, 0)
    with pytest.raises(NotFoundError):
        read_signed("leave", token, 3)
    assert unseal(sealed) == "password"
    assert hash_address("a@b.example") == address
    assert hash_voter(7, 1, "fraga") == voter


def test_a_reader_has_another_hash_in_each_poll() -> None:
    asked = [(7, 1, "a"), (8, 1, "a"), (7, 2, "a"), (7, 1, "b"), (7, 12, "a"), (71, 2, "a")]
    assert len({hash_voter(*one) for one in asked}) == len(asked)


def rotate(monkeypatch: pytest.MonkeyPatch, key: str, former: str) -> None:
    monkeypatch.setenv("MAILER_SECRET_KEY", key)
    monkeypatch.setenv("MAILER_FORMER_SECRET_KEYS", former)
    forget_settings()
