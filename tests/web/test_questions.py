"""An editor's own questions in a join form: each kind's answers, what is refused, and My subscription."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from mailer import db
from mailer.newsletters.join_form import JoinField
from mailer.subscribers.models import Subscriber
from tests.web.conftest import BASE
from tests.web.joining import FORM, ask_for, fill
from tests.web.test_managing import own_link
from tests.web.world import World


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("line", ["  Två  ord "], "Två ord"),
        ("text", ["Rad ett\r\nrad två"], "Rad ett rad två"),
        ("choice", ["Skola"], "Skola"),
        ("several", ["Vård", "Skola", "Vård"], "Vård; Skola"),
        ("yes", ["on"], "yes"),
        ("date", ["2026-11-27"], "2026-11-27"),
        ("number", ["1 234,50"], "1234.50"),
        ("number", [""], ""),
    ],
)
def test_each_kind_of_question_keeps_its_answer_in_one_form(kind: Any, typed: list[str], kept: str) -> None:  # noqa: ANN401 - a JoinKind
    assert JoinField(key="k", kind=kind, label_sv="K", choices=("Skola", "Vård")).read(typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("line", "x" * 201),
        ("text", "x" * 1001),
        ("choice", "Annat"),
        ("several", "Annat"),
        ("date", "27/11 2026"),
        ("date", "2026-02-30"),
        ("number", "tolv"),
        ("number", "NaN"),
        ("number", "1e999999999"),
    ],
)
def test_what_is_no_answer_is_said_at_the_question(
    world: World, engine: Engine, stranger: TestClient, kind: str, typed: str
) -> None:
    ask_for(engine, fields=[{"key": "k", "kind": kind, "label_sv": "Fråga", "choices": ["Skola", "Vård"]}])
    page = stranger.post(FORM, data=fill() | {"a.k": typed})
    assert page.status_code == 422
    assert 'id="a.k-fault"' in page.text


def test_answers_are_seen_and_changed_on_my_subscription(world: World, engine: Engine, stranger: TestClient) -> None:
    ask_for(
        engine,
        fields=[
            {"key": "amnen", "kind": "several", "label_sv": "Ämnen", "choices": ["Skola", "Vård"], "is_required": True},
            {"key": "barn", "kind": "number", "label_sv": "Antal barn"},
        ],
    )
    path = own_link(world)
    assert "Antal barn" in stranger.get(path).text
    data = {"list": [str(world.lists[0].id)], "a.amnen": ["Skola", "Vård"], "a.barn": "2", "a.annat": "x"}
    assert stranger.post(path, data=data, headers={"origin": BASE}).status_code == 303
    page = stranger.get(path).text
    assert page.count(" checked><span>Skola") == page.count(" checked><span>Vård") == 1
    assert 'value="2"' in page
    assert stranger.post(path, data=data | {"a.barn": "två"}, headers={"origin": BASE}).status_code == 422
    assert '"answers": {"amnen": "Skola; Vård", "barn": "2"}' in re.sub(
        r"\s+", " ", stranger.get(f"{path}/data.json").text
    ).replace("{ ", "{").replace(" }", "}")


def test_an_imported_answer_that_is_no_choice_is_not_lost_by_saving(
    world: World, engine: Engine, stranger: TestClient
) -> None:
    ask_for(engine, fields=[{"key": "roll", "kind": "choice", "label_sv": "Roll", "choices": ["Skola", "Vård"]}])
    with db.transaction(engine) as session:
        session.get_one(Subscriber, world.readers[0].id).attributes = {"roll": "Kyrka", "nr": 7}
    path = own_link(world)
    assert "<option selected>Kyrka</option>" in stranger.get(path).text
    data = {"list": [str(world.lists[0].id)], "a.roll": "Kyrka", "name": "Anna"}
    assert stranger.post(path, data=data, headers={"origin": BASE}).status_code == 303
    with db.reading() as session:
        mine = session.get_one(Subscriber, world.readers[0].id)
        assert (mine.name, mine.attributes) == ("Anna", {"roll": "Kyrka", "nr": 7})
