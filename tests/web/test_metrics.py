"""/metrics of the web server (N3): for who holds the token, without labels that tell of anybody."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from starlette.testclient import TestClient

from mailer.tokens import sign
from tests.conftest import forget_settings
from tests.web.world import World

TOKEN = "a token for tests"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    monkeypatch.setenv("MAILER_METRICS_TOKEN", TOKEN)
    forget_settings()


def scrape(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_are_no_metrics_for_anybody(stranger: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        answer = stranger.get("/metrics", headers=headers)
        assert answer.status_code == 404
        assert "mailer_" not in answer.text


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("sent", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer å"])
def test_the_wrong_token_is_refused(stranger: TestClient, sent: str) -> None:
    answer = stranger.get("/metrics", headers={b"Authorization": sent.encode()})
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.usefixtures("token")
def test_requests_are_counted_by_route_method_and_status(stranger: TestClient, world: World) -> None:
    def count(route: str, status: str, method: str = "GET") -> float:
        labels = frozenset({"route": route, "method": method, "status": status}.items())
        return scrape(stranger).get(("mailer_http_request_seconds_count", labels), 0.0)

    before = [
        count("/u/{token}", "404"),
        count("/healthz", "200"),
        count("other", "404"),
        count("other", "405", "POST"),
    ]
    stranger.get("/u/nothing")
    stranger.head("/u/nothing")
    stranger.get("/no/such/page")
    after = [count("/u/{token}", "404"), count("/healthz", "200"), count("other", "404"), count("other", "405", "POST")]
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 0, 1, 0]


@pytest.mark.usefixtures("token")
def test_no_label_tells_of_anybody(stranger: TestClient, world: World) -> None:
    reader = sign("leave", 1, 1)
    for path in (f"/u/{reader}", f"/m/{reader}", "/n/natverksbrevet/", "/alice@example.org", "/sign-in/secret"):
        stranger.get(path)
    stranger.request("ALICE@EXAMPLE.ORG", "/")
    values = {value for _, labels in scrape(stranger) for _, value in labels}
    assert not [value for value in values if "@" in value or reader in value or "natverksbrevet" in value]
    assert "/u/{token}" in values


@pytest.mark.usefixtures("token", "world")
def test_the_queue_is_told(stranger: TestClient) -> None:
    found = {name for name, _ in scrape(stranger)}
    assert {"mailer_queue_age_seconds", "mailer_deliveries_waiting", "mailer_dispatches", "mailer_database_up"} <= found
