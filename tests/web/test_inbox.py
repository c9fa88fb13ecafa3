"""The local inbox: shows what was sent, to this machine only."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailer.config import get_settings
from mailer.inbox import MOST_MAILS, IncomingMail, open_inbox, store
from tests.web.conftest import BASE
from tests.web.world import NOW

RAW = (
    b"From: =?utf-8?q?F=C3=B6reningen?= <brev@example.org>\r\nTo: anna@example.org\r\n"
    b"Subject: =?utf-8?q?M=C3=B6te_i_h=C3=B6st?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHej i text\r\n"
    b"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><head><title>t</title></head><body><script>alert(1)</script><p>Hej i HTML</p></body></html>\r\n--x--\r\n"
)


@pytest.fixture
def caught(settings: object) -> None:
    with open_inbox() as connection:
        for number in range(60):
            recipients = (f"reader{number}@example.org",)
            store(connection, [IncomingMail("bounce@example.org", recipients, RAW, NOW)])


@pytest.fixture
def local(app: FastAPI, caught: None) -> Iterator[TestClient]:
    """A browser on this machine."""
    with TestClient(app, base_url=BASE, client=("127.0.0.1", 50000), follow_redirects=False) as client:
        yield client


def test_mails_are_listed_newest_first_in_pages(local: TestClient) -> None:
    first = local.get("/inbox").text
    assert first.index("reader59@") < first.index("reader10@")
    assert "reader9@" not in first
    assert 'hx-trigger="every 2s"' in first
    assert "before=11" in first


def test_the_list_says_when_a_mail_came_and_how_many_are_kept(local: TestClient) -> None:
    page = local.get("/inbox", headers={"accept-language": "sv"}).text
    assert "söndag 22 november 2026 kl. 11.00" in page
    assert f"De senaste {MOST_MAILS:,} sparas.".replace(",", "\u00a0") in page


def test_the_older_page_goes_on_where_the_first_ended(local: TestClient) -> None:
    older = local.get("/inbox?before=11").text
    assert "reader9@" in older
    assert "reader10@" not in older
    assert "hx-trigger" not in older


def test_search_finds_addresses_and_subjects(local: TestClient) -> None:
    assert local.get("/inbox?q=reader42").text.count('id="mail-') == 1
    assert local.get("/inbox?q=HÖST").text.count('id="mail-') == 50
    assert "Inga träffar" in local.get("/inbox?q=nothing", headers={"accept-language": "sv"}).text


def test_a_mail_is_shown_in_every_form(local: TestClient) -> None:
    assert "Föreningen &lt;brev@example.org&gt;" in local.get("/inbox/1").text
    assert "Hej i text" in local.get("/inbox/1?view=text").text
    assert "MIME-Version" in local.get("/inbox/1?view=headers").text
    assert "boundary=&#34;x&#34;" in local.get("/inbox/1?view=source").text
    assert local.get("/inbox/1?view=other").status_code == 404


def test_the_html_is_sandboxed_and_opens_links_outside(local: TestClient) -> None:
    answer = local.get("/inbox/1/html")
    assert '<head><base target="_blank">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy


def test_programs_read_json_and_the_octets(local: TestClient) -> None:
    mails = local.get("/inbox.json").json()
    assert len(mails) == 60
    assert mails[-1] == {
        "id": "1",
        "to": "reader0@example.org",
        "from": "bounce@example.org",
        "subject": "Möte i höst",
        "received_at": "2026-11-22T10:00:00+00:00",
    }
    raw = local.get("/inbox/1.eml")
    assert raw.content == RAW
    assert raw.headers["content-type"].startswith("message/rfc822")


def test_clearing_needs_a_form_of_our_own(local: TestClient) -> None:
    assert local.post("/inbox/clear").status_code == 403
    assert local.post("/inbox/clear", headers={"origin": BASE}).headers["location"] == "/inbox"
    assert local.get("/inbox.json").json() == []


@pytest.mark.parametrize("mail_id", ["0", "999", "x", "1.5", "-1", "9" * 30])
def test_unknown_mails_are_404(local: TestClient, mail_id: str) -> None:
    for path in (f"/inbox/{mail_id}", f"/inbox/{mail_id}/html", f"/inbox/{mail_id}.eml"):
        assert local.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/inbox", "/inbox.json", "/inbox/1", "/inbox/1.eml", "/inbox/1/html", "/inbox/newest"]
)
def test_only_this_machine_sees_it(app: FastAPI, local: TestClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    assert local.get(path).status_code == 200
    with TestClient(app, base_url=BASE, client=("192.0.2.7", 50000)) as elsewhere:
        assert elsewhere.get(path).status_code == 404
    assert local.get(path, headers={"x-forwarded-for": "192.0.2.7"}).status_code == 404
    monkeypatch.setenv("MAILER_BASE_URL", "http://brev.example.org")
    get_settings.cache_clear()
    assert local.get(path, headers={"host": "brev.example.org"}).status_code == 404


def test_with_a_relay_there_is_no_inbox(local: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_SMTP_URL", "smtp://relay.example.org")
    get_settings.cache_clear()
    assert local.get("/inbox").status_code == 404
