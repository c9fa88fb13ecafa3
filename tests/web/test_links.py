"""What addresses do and do not do, for strangers and for holders of links (B3, B5, B13, C8, F1, F2, F4)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import load_content
from mailer.deliveries.personalise import Personaliser
from mailer.issues.models import Issue
from mailer.mime.parts import read_parts
from mailer.tokens import minutes_of, sign
from tests.web.conftest import BASE
from tests.web.routes import is_public, list_routes
from tests.web.world import NOW, World

ReadState = Callable[[], dict[str, list[Any]]]
ELSEWHERE = "https://evil.example"


def test_b3_neighbouring_numbers_and_ids_are_one_404(world: World, stranger: TestClient) -> None:
    unknown = stranger.get("/n/natverksbrevet/2099-1")
    assert unknown.status_code == 404
    paths = [f"/n/natverksbrevet/{year}-{number}" for year in (2016, 2017) for number in (0, 1, 4, 5, 9999)]
    for path in paths:
        answer = stranger.get(path)
        if not path.endswith(("2016-1", "2016-2")):
            assert answer.status_code == 404
            assert answer.text.replace(path, "") == unknown.text.replace("/n/natverksbrevet/2099-1", "")
    for number in range(1, 4):
        for path in (f"/app/foreningen/dispatches/{number}", "/app/foreningen/n/natverksbrevet/2017-1/preview/web"):
            assert stranger.get(path).headers["location"].startswith("/sign-in")


def test_b5_pages_behind_a_link_tell_nobody(world: World, stranger: TestClient) -> None:
    anna = world.readers[0]
    paths = [
        f"/u/{sign('leave', anna.id, world.dispatch_id, 0)}",
        f"/m/{sign('manage', anna.id, world.dispatch_id, 0)}",
        f"/min/{sign('own', anna.id, 0, minutes_of(clock.now()))}",
    ]
    for path in paths:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//(?!localhost)', answer.text)


def test_b13_the_database_alone_opens_no_link(world: World, database_state: ReadState) -> None:
    rows = str(database_state())
    for reader in world.readers:
        for purpose in ("leave", "manage", "read", "own", "confirm"):
            token = sign(purpose, reader.id, world.dispatch_id, 0)
            assert token not in rows
            assert token[-21:] not in rows


def test_c8_extra_fields_and_other_peoples_ids_do_nothing(
    world: World, stranger: TestClient, database_state: ReadState
) -> None:
    mine = f"/u/{sign('leave', world.readers[0].id, world.dispatch_id, 0)}"
    others = {"subscriber_id": str(world.readers[1].id), "list": str(world.lists[1].id), "all": "1", "force": "1"}
    data = {"List-Unsubscribe": "One-Click"} | others
    assert stranger.post(mine, data=data).status_code == 200
    ended = [row for row in database_state()["subscriptions"] if row[2] == "ended"]
    assert [(row[0], row[1]) for row in ended] == [(world.lists[0].id, world.readers[0].id)]


@pytest.mark.parametrize("name", ["url", "next", "target", "to", "return", "redirect", "continue"])
def test_f1_no_address_leads_elsewhere_whatever_it_is_told(app: FastAPI, world: World, name: str) -> None:
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    for method, path in list_routes(app):
        if method == "GET" and is_public(path):
            answer = client.get(f"{path}?{name}={ELSEWHERE}")
            assert not answer.headers.get("location", "/").startswith(("http", "//", "\\"))


def test_f2_there_is_no_redirecting_link_to_tamper_with(app: FastAPI) -> None:
    assert not [path for _, path in list_routes(app) if re.match(r"/(?:l|r|link|click|redirect|go|out)/?$", path)]


def test_f4_links_in_a_mail_are_as_typed_and_nobodys_but_for_the_services_own(world: World) -> None:
    with db.reading() as session:
        content = load_content(session, world.dispatch_id)
        number = session.get_one(Issue, 1).path_number
    mails = {}
    for reader in world.readers[:2]:
        octets = (
            Personaliser(content)
            .make(Reader(1, reader.id, reader.address, "", "", 0, str(world.lists[0].id), 0), NOW)
            .octets
        )
        html = read_parts(octets).html or ""
        assert not re.search(r"<img[^>]+(?:width|height)=\"1\"", html)
        mails[reader.id] = set(re.findall(r'href="([^"]+)"', html))
    first, second = mails.values()
    personal = {re.sub(r"[\w-]{20,}$", "", one) for one in first ^ second}
    assert personal == {f"{BASE}/u/", f"{BASE}/m/"}
    assert f"{BASE}/n/natverksbrevet/{number}" in first & second
