"""What stands between programs and join forms: proxies, the step more, proof of work, hints, limits (D2, D12)."""

import base64
import json
import re
from html import unescape
from typing import Any, cast

import altcha
import pytest
from dns.exception import DNSException, Timeout
from dns.resolver import NXDOMAIN, NoAnswer
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mailer import dns
from mailer.cli.parts import web_command
from mailer.config import get_settings
from mailer.limits import take
from mailer.mime.typos import suggest_address
from mailer.web.public.join_defence import ATTACK, HOUR, MOST_A_LIST, MOST_UNPROVEN
from tests.web.conftest import BASE
from tests.web.joining import FORM, ask_for, fill, look, notices, post, stamp, states
from tests.web.world import World

OTHER_SITE = {"origin": "https://kommun.example.se", "sec-fetch-site": "cross-site"}
SLIP, MEANT = "dora@" + "gmial.com", "dora@" + "gmail.com"
SETTINGS = "/app/foreningen/newsletters/natverksbrevet/join"


def hidden_fields(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)}


def solve(page: str) -> str:
    """Do the work that a page asks a browser for."""
    given = json.loads(unescape(re.search(r'challenge="([^"]+)"', page)[1]))  # type: ignore[index]  # it is there
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(given))
    assert solution is not None
    return base64.b64encode(json.dumps({"challenge": given, "solution": solution.to_dict()}).encode()).decode()


def test_d2_only_a_proxy_of_ours_is_believed(app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--no-proxy-headers" in web_command()
    monkeypatch.setenv("MAILER_TRUSTED_PROXIES", "127.0.0.1,10.1.0.0/16")
    get_settings.cache_clear()
    command = web_command()
    assert command[command.index("--forwarded-allow-ips") + 1] == "127.0.0.1,10.1.0.0/16"
    behind = cast("Any", ProxyHeadersMiddleware)(app, trusted_hosts="127.0.0.1,10.1.0.0/16")  # as uvicorn does
    answers = []
    for peer, forged in (("127.0.0.1", "192.0.2.{n}, 198.51.100.7, 10.1.2.3"), ("203.0.113.5", "192.0.2.{n}")):
        client = TestClient(behind, base_url=BASE, follow_redirects=False, client=(peer, 50000))
        for n in range(11):
            headers = {"x-forwarded-for": forged.format(n=n)}
            answers.append(client.post(FORM, data=fill(f"p{n}@example.org"), headers=headers).status_code)
    assert answers == ([303] * 10 + [422]) * 2


def test_a_plain_form_on_another_site_gets_one_page_more(world: World, stranger: TestClient) -> None:
    page = stranger.post(FORM, data={"email": "dora@example.org", "name": 'D "A" & Å'}, headers=OTHER_SITE)
    assert page.status_code == 200
    assert "Tryck på Fortsätt" in page.text
    assert notices() == []
    fields = hidden_fields(page.text)
    assert (fields["email"], fields["name"]) == ("dora@example.org", 'D "A" & Å')
    assert stranger.post(FORM, data=fields).status_code == 303
    look()
    assert states("dora@example.org", world.workspace_id) == {world.lists[0].id: "pending"}


def test_the_step_keeps_every_answer(world: World, engine: Engine, stranger: TestClient) -> None:
    ask_for(engine, fields=[{"key": "amnen", "kind": "several", "label_sv": "Ämnen", "choices": ["Skola", "Vård"]}])
    page = stranger.post(FORM, data={"email": "d@example.org", "a.amnen": ["Skola", "Vård"]}, headers=OTHER_SITE).text
    assert re.findall(r'name="a.amnen" value="([^"]+)"', page) == ["Skola", "Vård"]


def test_d12_with_proof_asked_for_a_browser_works_and_is_let_in(
    world: World, engine: Engine, stranger: TestClient
) -> None:
    ask_for(engine, proof="always")
    page = post(stranger)
    assert page.status_code == 200
    fields = hidden_fields(page.text) | {"altcha": solve(page.text)}
    for number in range(MOST_UNPROVEN + 2):
        mine = fields | {"email": f"d{number}@example.org", "altcha": solve(post(stranger).text)}
        assert stranger.post(FORM, data=mine).status_code == 303


def test_d12_without_script_one_gets_in_too_but_not_often(world: World, engine: Engine, stranger: TestClient) -> None:
    ask_for(engine, proof="always")
    fields = hidden_fields(post(stranger).text)
    answers = [stranger.post(FORM, data=fields | {"email": f"d{n}@example.org"}).status_code for n in range(5)]
    assert answers == [303] * MOST_UNPROVEN + [422] * 2


@pytest.mark.parametrize("what", ["replayed", "forged", "nonsense", "tampered"])
def test_work_that_was_not_done_counts_as_none(world: World, engine: Engine, stranger: TestClient, what: str) -> None:
    ask_for(engine, proof="always")
    page = post(stranger).text
    fields, proof = hidden_fields(page), solve(page)
    if what == "forged":
        made = altcha.create_challenge("PBKDF2/SHA-256", 10, hmac_secret="x" * 32)
        done = {"challenge": made.to_dict(), "solution": altcha.solve_challenge(made).to_dict()}  # type: ignore[union-attr]  # solved
        proof = base64.b64encode(json.dumps(done).encode()).decode()
    elif what == "nonsense":
        proof = "[" * 3000
    elif what == "tampered":
        done = json.loads(base64.b64decode(proof))
        done["challenge"]["parameters"]["cost"] = 1
        proof = base64.b64encode(json.dumps(done).encode()).decode()
    else:
        assert stranger.post(FORM, data=fields | {"altcha": proof}).status_code == 303
    answers = [
        stranger.post(FORM, data=fields | {"altcha": proof, "email": f"d{n}@example.org"}).status_code for n in range(4)
    ]
    assert answers == [303] * MOST_UNPROVEN + [422]


def test_an_attack_switches_the_step_on_by_itself(world: World, stranger: TestClient) -> None:
    assert post(stranger).status_code == 303
    for _ in range(ATTACK):
        take("join list", str(world.lists[0].id), at_most=1000, seconds=HOUR)
    page = post(stranger, address="e@example.org")
    assert page.status_code == 200
    assert "proof-of-work" in page.text


def test_a_list_that_is_flooded_is_closed_for_the_hour_and_its_owner_told_once(
    world: World, engine: Engine, stranger: TestClient, alice: TestClient
) -> None:
    ask_for(engine, proof="never")
    for _ in range(MOST_A_LIST):
        take("join list", str(world.lists[0].id), at_most=1000, seconds=HOUR)
    for number in range(3):
        assert post(stranger, address=f"d{number}@example.org").status_code == 422
    assert [one.address for one in notices("alarm")] == ["alice@example.org"]
    assert 'För många till ett utskick</dt><dd class="number">3</dd>' in alice.get(SETTINGS).text


def test_editors_see_how_many_were_stopped_and_why(world: World, stranger: TestClient, alice: TestClient) -> None:
    assert "Inga." in alice.get(SETTINGS).text
    post(stranger, website="http://spam.example")
    stranger.post(FORM, data=fill() | {"stamp": stamp(0)})
    page = alice.get(SETTINGS).text
    assert 'Fyllde i ett fält som människor inte ser</dt><dd class="number">1</dd>' in page
    assert 'För snabbt, eller inte vårt formulär</dt><dd class="number">1</dd>' in page


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("outloook.com", "outlook.com"),
        ("telia.com", ""),
        ("mail.com", ""),
        ("example.org", ""),
        ("gmail.se", "gmail.com"),
        ("viken.se", ""),
    ],
)
def test_a_slip_is_seen(typed: str, meant: str) -> None:
    assert suggest_address(f"a@{typed}") == (f"a@{meant}" if meant else "")


def test_a_slip_is_asked_about_once_and_can_be_kept_or_mended(world: World, stranger: TestClient) -> None:
    page = post(stranger, address=SLIP)
    assert page.status_code == 422
    assert f"Menade du {MEANT}? Välj eller behåll det du skrev." in page.text
    assert f'name="instead" value="{MEANT}"' in page.text
    assert post(stranger, address=SLIP, kept=SLIP).status_code == 303
    assert post(stranger, address=SLIP, instead=MEANT).status_code == 303
    look()
    assert sorted(one.address for one in notices("confirm_join")) == [MEANT, SLIP]


class Names:
    """A DNS: what it says of each domain and kind of record."""

    def __init__(self, said: dict[tuple[str, str], list[str] | type[DNSException]]) -> None:
        self.said = said

    def resolve(self, domain: str, kind: str, lifetime: float) -> list[Any]:
        assert lifetime <= 2
        found = self.said.get((domain, kind), NXDOMAIN)
        if isinstance(found, type):
            raise found
        return [type("Record", (), {"exchange": one})() for one in found]


@pytest.mark.parametrize(
    ("said", "is_hinted"),
    [
        ({}, True),
        ({("viken.example", "MX"): ["mail.viken.example."]}, False),
        ({("viken.example", "MX"): ["."]}, True),
        ({("viken.example", "MX"): NoAnswer, ("viken.example", "A"): ["192.0.2.1"]}, False),
        ({("viken.example", "MX"): NoAnswer}, True),
        ({("viken.example", "MX"): Timeout}, False),
        ({("viken.example", "MX"): NoAnswer, ("viken.example", "AAAA"): Timeout}, False),
    ],
)
def test_a_domain_without_mail_is_a_hint_and_no_wall(
    monkeypatch: pytest.MonkeyPatch,
    world: World,
    stranger: TestClient,
    said: dict[tuple[str, str], list[str] | type[DNSException]],
    is_hinted: bool,
) -> None:
    monkeypatch.setenv("MAILER_CHECKS_MAIL_DOMAINS", "true")
    monkeypatch.setenv("MAILER_SMTP_URL", "smtp://127.0.0.1:9")
    get_settings.cache_clear()
    dns.takes_no_mail.cache_clear()
    monkeypatch.setattr(dns, "get_default_resolver", lambda: Names(said))
    page = post(stranger, address="d@viken.example")
    assert page.status_code == (422 if is_hinted else 303)
    assert ("Vi hittar ingen e-postserver för viken.example." in page.text) == is_hinted
    assert post(stranger, address="d@viken.example", kept="d@viken.example").status_code == 303
    dns.takes_no_mail.cache_clear()
