"""Leaving by a mail's link: trust cases B5, B7, B8, C1–C4, C6, C8."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from starlette.testclient import TestClient

from mailer import db
from mailer.subscribers.models import ACTIVE, ENDED, Consent, Subscription
from mailer.tokens import sign
from tests.web.conftest import BASE
from tests.web.world import World

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def token(world: World) -> str:
    """Return the leave token of Anna, who is also on another list."""
    return sign("leave", world.readers[0].id, world.dispatch_id, 0)


def states(world: World) -> list[tuple[int, str]]:
    with db.reading() as session:
        rows = session.execute(
            select(Subscription.list_id, Subscription.state)
            .where(Subscription.subscriber_id == world.readers[0].id)
            .order_by(Subscription.list_id)
        )
        return [(row[0], row[1]) for row in rows]


def left_only_the_first(world: World) -> bool:
    return states(world) == [(world.lists[0].id, ENDED), (world.lists[1].id, ACTIVE)]


def test_the_page_asks_names_the_list_and_masks_the_address(stranger: TestClient, token: str) -> None:
    page = stranger.get(f"/u/{token}")
    assert page.status_code == 200
    assert "Nyhetsbrevet" in page.text
    assert "a•••@example.org" in page.text
    assert "anna@" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers


def test_c1_scanners_that_open_the_link_change_nothing(
    stranger: TestClient, token: str, database_state: Callable[[], dict[str, list[Any]]]
) -> None:
    before = database_state()
    for method in ("GET", "HEAD", "OPTIONS") * 5:
        stranger.request(method, f"/u/{token}", headers={"user-agent": "LinkScanner/1.0"})
    assert database_state() == before


def test_the_button_of_the_page_leaves(stranger: TestClient, world: World, token: str) -> None:
    page = stranger.post(f"/u/{token}", data={"leave": "yes"})
    assert page.status_code == 200
    assert "får inga fler utskick av Nyhetsbrevet" in page.text
    assert left_only_the_first(world)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.org"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_the_form_of_another_site_does_not_leave(
    stranger: TestClient, world: World, token: str, headers: dict[str, str]
) -> None:
    page = stranger.post(f"/u/{token}", data={"leave": "yes"}, headers=headers | {"accept-language": "sv"})
    assert (page.status_code, "en annan webbplats" in page.text) == (403, True)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not left_only_the_first(world)


@pytest.mark.parametrize(
    "headers",
    [{"origin": BASE}, {"origin": "null"}, {"origin": "null", "sec-fetch-site": "same-origin"}],
)
def test_our_own_form_leaves_whatever_the_browser_says_of_it(
    stranger: TestClient, world: World, token: str, headers: dict[str, str]
) -> None:
    assert stranger.post(f"/u/{token}", data={"leave": "yes"}, headers=headers).status_code == 200
    assert left_only_the_first(world)


@pytest.mark.parametrize("headers", [{"origin": "https://mail.example.org"}, {"sec-fetch-site": "cross-site"}])
def test_c2_one_click_leaves_wherever_the_mail_is_read(
    stranger: TestClient, world: World, token: str, headers: dict[str, str]
) -> None:
    assert stranger.post(f"/u/{token}", data=ONE_CLICK, headers=headers).status_code == 200
    assert left_only_the_first(world)


def test_c2_one_click_form_encoded_leaves_at_once_without_a_redirect(
    stranger: TestClient, world: World, token: str
) -> None:
    answer = stranger.post(f"/u/{token}", data=ONE_CLICK)
    assert answer.status_code == 200
    assert left_only_the_first(world)


def test_c2_one_click_as_multipart_leaves_at_once(stranger: TestClient, world: World, token: str) -> None:
    answer = stranger.post(f"/u/{token}", files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert left_only_the_first(world)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {"List-Unsubscribe": "Yes"}},
        {"data": {"force": "1", "all": "1"}},
        {"json": ONE_CLICK},
        {"content": b"List-Unsubscribe=One-Click", "headers": {"content-type": "text/plain"}},
        {"content": b"\xff\x00", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"files": {"List-Unsubscribe": ("name.txt", b"One-Click")}},
    ],
)
def test_c3_any_other_body_has_no_effect(
    stranger: TestClient, world: World, token: str, body: dict[str, Any], database_state: Callable[[], object]
) -> None:
    before = database_state()
    assert 400 <= stranger.post(f"/u/{token}", **body).status_code < 500
    assert database_state() == before


def test_leaving_twice_says_so_and_is_one_record(stranger: TestClient, world: World, token: str) -> None:
    for _ in range(2):
        answer = stranger.post(f"/u/{token}", data=ONE_CLICK)
        assert answer.status_code == 200
    assert "redan avslutad" in answer.text
    assert "redan avslutad" in stranger.get(f"/u/{token}").text
    assert count_withdrawals(world) == 1


def test_c4_many_posts_at_once_are_one_record(stranger: TestClient, world: World, token: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stranger.post(f"/u/{token}", data=ONE_CLICK).status_code, range(24)))
    assert answers == [200] * 24
    assert count_withdrawals(world) == 1


def count_withdrawals(world: World) -> int:
    with db.reading() as session:
        wanted = select(func.count()).where(Consent.subscriber_id == world.readers[0].id, Consent.verb == "withdrawn")
        return session.scalar(wanted) or 0


def test_b7_a_token_with_any_character_changed_is_unknown(stranger: TestClient, token: str) -> None:
    for place in range(len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert stranger.post(f"/u/{other}", data=ONE_CLICK).status_code == 404, place


def test_b8_each_link_serves_one_purpose(stranger: TestClient, world: World, token: str) -> None:
    manage = sign("manage", world.readers[0].id, world.dispatch_id, 0)
    assert stranger.get(f"/m/{token}").status_code == 404
    assert stranger.post(f"/u/{manage}", data=ONE_CLICK).status_code == 404


def test_a_dead_link_says_what_to_do(stranger: TestClient) -> None:
    page = stranger.get("/u/nothing", headers={"accept-language": "sv"})
    assert page.status_code == 404
    assert "Länken fungerar inte" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.sqlite_only  # where a missing table is an operational error
def test_c6_a_database_that_is_away_is_a_503_and_never_a_2xx(
    engine: Engine, stranger: TestClient, world: World, token: str
) -> None:
    with db.transaction(engine) as session:
        session.execute(text("ALTER TABLE subscriptions RENAME TO gone"))
    answer = stranger.post(f"/u/{token}", data=ONE_CLICK)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_my_subscription_from_a_newsletter_shows_and_changes_nothing(stranger: TestClient, world: World) -> None:
    page = stranger.get(f"/m/{sign('manage', world.readers[0].id, world.dispatch_id, 0)}")
    assert "Aktiv sedan 22 november 2026" in page.text
    assert "a•••@example.org" in page.text
    assert "anna@" not in page.text
