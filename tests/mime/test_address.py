"""Addresses: the case table of what is taken and refused (trust cases D4, D5, D6, D13, M9, M10), and the fast path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.mime.address import (
    Address,
    envelope_address,
    mask_address,
    needs_smtputf8,
    parse_address,
    parse_any,
    parse_plain,
)

TAKEN = {
    "alice@example.org": ("alice@example.org", "alice@example.org"),
    "Alice.Berg@Example.ORG": ("Alice.Berg@example.org", "alice.berg@example.org"),
    "Info@example.org": ("Info@example.org", "info@example.org"),
    "  alice@example.org\t": ("alice@example.org", "alice@example.org"),
    "\u00a0alice@example.org": ("alice@example.org", "alice@example.org"),
    "alice+news@example.org": ("alice+news@example.org", "alice+news@example.org"),
    "-rf@example.org": ("-rf@example.org", "-rf@example.org"),
    "$(reboot)@example.org".replace("(", "{").replace(")", "}"): ("${reboot}@example.org", "${reboot}@example.org"),
    "`id`|x@example.org": ("`id`|x@example.org", "`id`|x@example.org"),
    "åsa@example.org": ("åsa@example.org", "åsa@example.org"),
    "Åsa@example.org": ("Åsa@example.org", "åsa@example.org"),
    "A\u030asa@example.org": ("Åsa@example.org", "åsa@example.org"),  # NFD
    "ａｌｉｃｅ@example.org": ("ａｌｉｃｅ@example.org", "alice@example.org"),
    "alice@räksmörgås.example.org": ("alice@räksmörgås.example.org", "alice@xn--rksmrgs-5wao1o.example.org"),
    "alice@RÄKSMÖRGÅS.example.org": ("alice@räksmörgås.example.org", "alice@xn--rksmrgs-5wao1o.example.org"),
    "alice@XN--RKSMRGS-5WAO1O.example.org": ("alice@räksmörgås.example.org", "alice@xn--rksmrgs-5wao1o.example.org"),
    "alice@ｅｘａｍｐｌｅ.org": ("alice@example.org", "alice@example.org"),
    "alice@example。org": ("alice@example.org", "alice@example.org"),
    "a" * 64 + "@example.org": ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
}

REFUSED = [
    "",
    "   ",
    "alice",
    "@example.org",
    "alice@",
    "alice@example",
    "alice@localhost",
    "alice@mailer.local",
    "alice@example.invalid",
    "alice@example.org.",
    "alice@.example.org",
    "alice@exa..mple.org",
    "alice@-example.org",
    "alice@example-.org",
    "alice@ex--ample.org",
    "alice@example.123",
    "alice@192.0.2.1",
    "alice@[192.0.2.1]",
    "alice@[IPv6:2001:db8::1]",
    "alice@xn--a.org",
    ".alice@example.org",
    "alice.@example.org",
    "al..ice@example.org",
    "alice berg@example.org",
    "alice@example.org bob@example.org",
    "alice@example.org,bob@example.org",
    "alice@example.org;bob@example.org",
    "alice@bob@example.org",
    "Alice <alice@example.org>",
    "<alice@example.org>",
    "mailto:alice@example.org",
    "alice(friend)@example.org",
    "alice@(there)example.org",
    "@relay.example.org:alice@example.org",
    "bob%example.org@[relay]",
    '"alice berg"@example.org',
    '"alice\r\nRCPT TO:<bob@example.org>"@example.org',
    "alice@example.org\r\nBcc: bob@example.org",
    "alice@example.org\n",
    "alice@example.org\u2028",
    "alice\x00@example.org",
    "alice@exam\x00ple.org",
    "alice\u202e@example.org",
    "alice＠example.org",
    "a" * 65 + "@example.org",
    "å" * 33 + "@example.org",
    "alice@" + "a" * 64 + ".org",
    "alice@" + ".".join(["a" * 62] * 4) + ".org",
    "alice@" + "a" * 10_000_000,
    "@" * 10_000_000,
    "ﷺ" * 20 + "@example.org",
]


@pytest.mark.parametrize("text", TAKEN)
def test_address_is_kept_as_typed_with_one_key_for_its_mailbox(text: str) -> None:
    assert parse_address(text) == Address(*TAKEN[text])


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:40]))
def test_what_is_no_single_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*[.)]$") as refusal:
        parse_address(text)
    assert len(str(refusal.value)) < 300


@given(st.from_regex(r"[a-zA-Z0-9.+'_-]{1,8}@?[a-zA-Z0-9.\-]{1,12}\.?[a-zA-Z0-9-]{0,4}", fullmatch=True))
def test_fast_path_agrees_with_the_library_on_plain_shapes(text: str) -> None:
    assert_fast_path_agrees(text)


@given(st.text(st.sampled_from("aZ09.@-_+xn \t\u212aå\x00\n[]"), max_size=24))
def test_fast_path_agrees_with_the_library_on_odd_shapes(text: str) -> None:
    assert_fast_path_agrees(text)


@given(st.integers(60, 66), st.lists(st.integers(1, 64), min_size=1, max_size=5), st.sampled_from(["org", "test", "a"]))
def test_fast_path_agrees_with_the_library_on_lengths(local: int, labels: list[int], top: str) -> None:
    assert_fast_path_agrees("a" * local + "@" + ".".join("b" * label for label in labels) + "." + top)


def assert_fast_path_agrees(text: str) -> None:
    fast = parse_plain(text)
    if fast is not None:
        assert fast == parse_any(text)


def test_fast_path_takes_the_usual_addresses() -> None:
    usual = ["alice@example.org", "Alice.Berg+a@sub-1.example.se", "a_b@x.io"]
    assert all(map(parse_plain, usual))


@given(st.emails())
def test_parsing_what_was_parsed_changes_nothing(text: str) -> None:
    try:
        once = parse_address(text)
    except ValueError:
        return
    assert parse_address(once.address) == once


@given(st.text(st.sampled_from("abcåäöéüñßøæσςжяÅÄÖ09ａ"), min_size=1, max_size=8))
def test_key_does_not_depend_on_upper_and_lower_case(local: str) -> None:
    try:
        upper, lower = parse_address(f"{local.upper()}@example.org"), parse_address(f"{local.lower()}@example.org")
    except ValueError:
        return
    assert upper.key == lower.key


def test_envelope_has_the_ascii_form_of_the_domain_and_the_local_part_unaltered() -> None:
    assert envelope_address("Alice@example.org") == "Alice@example.org"
    assert envelope_address("Åsa@räksmörgås.example.org") == "Åsa@xn--rksmrgs-5wao1o.example.org"


def test_only_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    assert needs_smtputf8("åsa@example.org")
    assert not needs_smtputf8("alice@räksmörgås.example.org")


def test_masked_address_shows_the_first_letter_and_the_domain() -> None:
    assert mask_address("alice@example.org") == "a•••@example.org"
