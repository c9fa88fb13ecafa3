"""My subscription, leaving and taking it back (trust cases B2, B7 to B9, B13, C1 to C8, C10 to C12, W3 to W5)."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from mailer import clock, db
from mailer.db import Base
from mailer.notices.kinds import KINDS
from mailer.notices.models import Notice
from mailer.subscribers.link_requests import look_at_link_requests
from mailer.subscribers.models import Consent, Subscriber, Subscription, Suppression
from mailer.subscribers.queries import find_by_address
from mailer.tokens import minutes_of, sign
from tests.web.conftest import BASE
from tests.web.world import World

OWN = {"origin": BASE}
ReadState = Callable[[], dict[str, list[Any]]]


def own_link(world: World, number: int = 0, age: timedelta = timedelta(0)) -> str:
    one = world.readers[number]
    return f"/min/{sign('own', one.id, one.link_generation, minutes_of(clock.now() - age))}"


def mail_link(world: World, purpose: Any = "leave", number: int = 0) -> str:  # noqa: ANN401 - a Purpose
    token = sign(purpose, world.readers[number].id, world.dispatch_id, 0)
    return f"/{'u' if purpose == 'leave' else 'm'}/{token}"


def places(world: World, number: int = 0) -> dict[int, str]:
    with db.reading() as session:
        rows = session.scalars(select(Subscription).where(Subscription.subscriber_id == world.readers[number].id))
        return {row.list_id: row.state for row in rows}


def last_notice() -> Notice:
    with db.transaction() as session:
        return session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()


def told(name: str) -> str:
    notice = last_notice()
    url: str = KINDS[notice.kind].tell(notice.values, clock.now())[name]
    return url.removeprefix(BASE)


# Asking for a link


def test_asking_for_a_link_answers_everybody_the_same_and_mails_who_is_known(
    stranger: TestClient, world: World
) -> None:
    answers = [
        stranger.post("/min", data={"email": who, "newsletter": "natverksbrevet"}, headers=OWN)
        for who in ("anna@example.org", "nobody@example.org")
    ]
    assert len({(one.status_code, one.headers["location"], one.content) for one in answers}) == 1
    with db.transaction() as session:
        look_at_link_requests(session, clock.now())
    assert (last_notice().kind, last_notice().address) == ("manage_link", "anna@example.org")
    page = stranger.get(told("own_url"))
    assert "anna@example.org" in page.text


def test_a_link_is_mailed_once_in_a_quarter_of_an_hour(stranger: TestClient, world: World) -> None:
    for _ in range(3):
        stranger.post("/min", data={"email": "anna@example.org"}, headers=OWN)
        with db.transaction() as session:
            look_at_link_requests(session, clock.now())
    with db.reading() as session:
        assert len(session.scalars(select(Notice)).all()) == 1


def test_b2_a_newsletter_s_link_shows_whose_it_is_and_changes_nothing(stranger: TestClient, world: World) -> None:
    page = stranger.get(mail_link(world, "manage"))
    assert "a•••@example.org" in page.text
    assert "anna@" not in page.text
    before = places(world)
    stranger.post(mail_link(world, "manage"), data={"name": "Mallory", "list": "1"}, headers=OWN)
    assert places(world) == before
    assert last_notice().address == "anna@example.org"


def test_an_old_link_offers_a_new_one(stranger: TestClient, world: World) -> None:
    old = own_link(world, age=timedelta(hours=25))
    page = stranger.get(old)
    assert page.status_code == 410
    assert "Länken har gått ut" in page.text
    assert stranger.post(old, data={"name": "X"}, headers=OWN).status_code in {404, 410}


# Changing


def test_name_language_and_lists_are_saved_with_their_consent(stranger: TestClient, world: World) -> None:
    data = {"name": "Anna A", "organisation": "Bryggan", "language": "en", "list": [str(world.lists[2].id)]}
    answer = stranger.post(own_link(world), data=data, headers=OWN)
    assert answer.headers["location"].endswith("done=saved")
    with db.reading() as session:
        mine = session.get_one(Subscriber, world.readers[0].id)
        assert (mine.name, mine.organisation, mine.language) == ("Anna A", "Bryggan", "en")
        verbs = session.scalars(select(Consent.verb).where(Consent.source == "my subscription")).all()
        assert sorted(verbs) == ["given", "withdrawn", "withdrawn"]
    assert places(world)[world.lists[2].id] == "active"
    assert places(world)[world.lists[0].id] == "ended"


def test_c10_too_long_names_and_hidden_lists_change_nothing(stranger: TestClient, world: World) -> None:
    with db.transaction() as session:
        session.merge(world.lists[2]).access = "private"
    kept = [str(one.id) for one in world.lists]
    long = stranger.post(own_link(world), data={"name": "x" * 81, "list": kept}, headers=OWN)
    assert long.status_code == 422
    html = {"name": "<b>A</b>", "list": kept}
    page = stranger.get(stranger.post(own_link(world), data=html, headers=OWN).headers["location"])
    assert "&lt;b&gt;A&lt;/b&gt;" in page.text
    assert world.lists[2].id not in places(world)


def test_a_pause_holds_all_lists_and_can_be_ended(stranger: TestClient, world: World) -> None:
    day = (clock.now() + timedelta(days=30)).date().isoformat()
    stranger.post(f"{own_link(world)}/pause", data={"until": day}, headers=OWN)
    assert set(places(world).values()) == {"paused"}
    assert "Återuppta nu" in stranger.get(own_link(world)).text
    stranger.post(f"{own_link(world)}/resume", headers=OWN)
    assert set(places(world).values()) == {"active"}


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01", "2099-01-01"])
def test_a_pause_until_nonsense_is_refused(stranger: TestClient, world: World, until: str) -> None:
    assert stranger.post(f"{own_link(world)}/pause", data={"until": until}, headers=OWN).status_code == 422
    assert set(places(world).values()) == {"active"}


def test_b9_a_new_address_is_confirmed_there_and_told_at_the_old_one(stranger: TestClient, world: World) -> None:
    before = own_link(world)
    stranger.post(f"{before}/address", data={"email": "anna.ny@example.se"}, headers=OWN)
    assert (last_notice().kind, last_notice().address) == ("confirm_address", "anna.ny@example.se")
    link = told("address_url")
    assert "anna.ny@example.se" in stranger.get(link).text
    with db.reading() as session:
        assert find_by_address(session, world.workspace_id, "anna@example.org")
    stranger.post(link, headers=OWN)
    assert (last_notice().kind, last_notice().address) == ("address_changed", "anna@example.org")
    with db.reading() as session:
        assert find_by_address(session, world.workspace_id, "anna@example.org") is None
        assert find_by_address(session, world.workspace_id, "anna.ny@example.se")
    for dead in (before, mail_link(world), mail_link(world, "manage"), link):
        assert stranger.get(dead).status_code == 404
    assert set(places(world).values()) == {"active"}


def test_an_address_that_subscribes_already_becomes_one_person(stranger: TestClient, world: World) -> None:
    stranger.post(f"{own_link(world)}/address", data={"email": "bo@example.org"}, headers=OWN)
    stranger.post(told("address_url"), headers=OWN)
    assert places(world) == {}
    assert places(world, 1) == {world.lists[0].id: "active", world.lists[1].id: "active"}


def test_w3_w5_what_we_keep_comes_as_json_and_csv(stranger: TestClient, world: World) -> None:
    data = json.loads(stranger.get(f"{own_link(world)}/data.json").text)
    assert data["email"] == "anna@example.org"
    assert {one["list"] for one in data["lists"]} == {"Nyhetsbrevet", "Parter"}
    assert "bo@example.org" not in json.dumps(data)
    csv = stranger.get(f"{own_link(world)}/data.csv")
    assert csv.headers["content-disposition"].startswith("attachment")
    assert "anna@example.org" in csv.text


def test_w4_erasing_reaches_every_table_and_the_log(
    stranger: TestClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    link = own_link(world)
    stranger.post(link, data={"name": "Annika Sällsynt", "list": [str(world.lists[0].id)]}, headers=OWN)
    stranger.post(f"{link}/address", data={"email": "anna.ny@example.se"}, headers=OWN)
    stranger.post(mail_link(world), data={"leave": "yes"}, headers=OWN)
    assert stranger.get(f"{link}/erase").status_code == 200
    assert "raderat" in stranger.post(f"{link}/erase", headers=OWN).text
    with db.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(table.select()):
                words = " ".join(map(str, row))
                assert "anna@example.org" not in words, table.name
                assert "Sällsynt" not in words, table.name
        assert session.scalars(select(Suppression.reason)).all() == ["erased"]
    assert "anna" not in caplog.text
    for dead in (link, mail_link(world), mail_link(world, "manage")):
        assert stranger.get(dead).status_code == 404


# Leaving


def test_leaving_by_the_page_tells_the_mailbox_and_can_be_taken_back(stranger: TestClient, world: World) -> None:
    page = stranger.post(mail_link(world), data={"leave": "yes"}, headers=OWN)
    assert "Du har avslutat" in page.text or "Nyhetsbrevet" in page.text
    assert places(world) == {world.lists[0].id: "ended", world.lists[1].id: "active"}
    assert (last_notice().kind, last_notice().address) == ("left", "anna@example.org")
    undo = told("undo_url")
    assert stranger.get(undo).status_code == 200
    assert places(world)[world.lists[0].id] == "ended"
    assert "Du prenumererar igen" in stranger.post(undo, headers=OWN).text
    assert places(world)[world.lists[0].id] == "active"
    with db.reading() as session:
        assert "undo of leaving" in session.scalars(select(Consent.source)).all()


def test_one_click_leaves_without_a_mail(stranger: TestClient, world: World) -> None:
    stranger.post(mail_link(world), data={"List-Unsubscribe": "One-Click"})
    assert places(world)[world.lists[0].id] == "ended"
    with db.reading() as session:
        assert session.scalars(select(Notice)).all() == []


def test_leaving_everything_is_one_button(stranger: TestClient, world: World) -> None:
    assert 'value="everything"' in stranger.get(mail_link(world)).text
    stranger.post(mail_link(world), data={"leave": "everything"}, headers=OWN)
    assert set(places(world).values()) == {"ended"}


def test_a_leaving_of_yesterday_cannot_be_taken_back(stranger: TestClient, world: World) -> None:
    stranger.post(mail_link(world), data={"leave": "yes"}, headers=OWN)
    second = int((clock.now() - timedelta(hours=25)).timestamp())
    late = f"/undo/{sign('undo', world.readers[0].id, 0, second)}"
    assert "går inte längre att ångra" in stranger.post(late, headers=OWN).text
    assert places(world)[world.lists[0].id] == "ended"


def test_why_somebody_left_is_counted_by_list(stranger: TestClient, world: World, alice: TestClient) -> None:
    page = stranger.post(mail_link(world), data={"leave": "yes"}, headers=OWN).text
    undo = page.split('action="/undo/')[1].split('"')[0]
    assert stranger.post(f"/undo/{undo}/reason", data={"reason": "job"}, headers=OWN).status_code == 200
    stranger.post(f"/undo/{undo}/reason", data={"reason": "<script>"}, headers=OWN)
    with db.reading() as session:
        assert session.scalars(select(Subscription.left_because).where(Subscription.left_because != "")).all() == [
            "job"
        ]


# Tokens


def test_b7_b8_one_purpose_each_and_no_bit_may_be_changed(stranger: TestClient, world: World) -> None:
    numbers = world.readers[0].id, world.dispatch_id, 0
    for purpose, path in (("leave", "/m/"), ("manage", "/u/"), ("leave", "/min/"), ("manage", "/min/")):
        assert stranger.get(path + sign(purpose, *numbers)).status_code == 404  # type: ignore[arg-type]  # a Purpose
    token = own_link(world).removeprefix("/min/")
    for place in range(0, len(token), 3):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert stranger.get(f"/min/{changed}").status_code == 404


def test_c12_leaving_works_by_a_link_of_any_age(stranger: TestClient, world: World) -> None:
    with db.transaction() as session:
        session.execute(text("UPDATE dispatches SET started_at = '2010-01-01 00:00:00'"))
    stranger.post(mail_link(world), data={"List-Unsubscribe": "One-Click"})
    assert places(world)[world.lists[0].id] == "ended"


def test_c1_every_link_of_every_mail_can_be_opened_fifty_times(
    stranger: TestClient, world: World, database_state: ReadState
) -> None:
    links = {own_link(world), mail_link(world), mail_link(world, "manage"), f"{own_link(world)}/erase"}
    for kind in KINDS.values():
        for value in kind.tell(kind.example, clock.now()).values():
            if isinstance(value, str) and value.startswith(BASE):
                links.add(value.removeprefix(BASE))
    before = database_state()
    agents = ("Mozilla/5.0 (compatible; Barracuda)", "Microsoft Office/16.0 SafeLinks", "curl/8.0")
    for link in sorted(links):
        for number in range(50):
            method = ("GET", "HEAD", "OPTIONS")[number % 3]
            assert stranger.request(method, link, headers={"user-agent": agents[number % 3]}).status_code < 500
    assert database_state() == before
