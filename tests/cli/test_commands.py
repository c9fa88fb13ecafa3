"""The command line as scripts use it: exit statuses, JSON, and one workspace from nothing to a sent issue."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from mailer.__main__ import app
from mailer.activity.models import Activity
from mailer.assets.models import Asset
from mailer.db import reading
from mailer.demo.pictures import draw_logo
from mailer.errors import MailerError
from mailer.jobs import HELP_WITH_DISPATCH
from mailer.newsletters.models import Newsletter
from tests.conftest import forget_settings
from tests.factories.newsletters import make_document
from tests.lab.sink import SmtpServer
from worker.engine.process import Engine


def run(*arguments: str, input: str | None = None) -> Result:  # noqa: A002 - as CliRunner calls it
    return CliRunner().invoke(app, [*arguments], input=input)


def ask(*arguments: str) -> Any:  # noqa: ANN401 - parsed JSON
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def ready(settings: object, tmp_path: Path) -> Path:
    """A workspace with a newsletter, a list with three readers and a draft, all made by commands."""
    (tmp_path / "people.csv").write_text("E-post;Namn\nanna@example.org;Anna\nbo@example.org;Bo\ncia@example.se;Cia\n")
    (tmp_path / "issue.json").write_text(json.dumps(make_document()))
    for command in (
        ["migrate"],
        ["workspace", "create", "viken", "--name", "Föreningen Viken"],
        ["user", "add", "alice@example.org", "--role", "owner"],
        ["list", "create", "alla", "--name", "Alla"],
        ["newsletter", "create", "viken", "--name", "Vikens brev", "--sender-email", "brev@example.org", "-l", "alla"],
        ["subscribers", "import", str(tmp_path / "people.csv"), "--list", "alla"],
        ["issue", "import", str(tmp_path / "issue.json"), "--newsletter", "viken"],
    ):
        result = run(*command)
        assert result.exit_code == 0, (command, result.output, result.exception)
    return tmp_path


def test_the_logo_of_a_new_newsletter_is_called_as_the_organisation(ready: Path) -> None:
    (ready / "logo.png").write_bytes(draw_logo())
    told = ["--name", "Bryggans brev", "--sender-email", "brev@example.org", "--logo", str(ready / "logo.png")]
    assert run("newsletter", "create", "bryggan", *told).exit_code == 0
    with reading() as session:
        logo = session.scalars(select(Asset)).one()
        newsletter = session.scalars(select(Newsletter).where(Newsletter.slug == "bryggan")).one()
        assert (newsletter.theme["logo"], logo.alt) == (logo.hash, "Föreningen Viken")


@pytest.mark.usefixtures("ready")
def test_what_commands_make_is_on_record() -> None:
    with reading() as session:
        made = session.execute(select(Activity.actor, Activity.verb).where(Activity.verb.endswith(".made")))
        assert made.all() == [("command", "list.made"), ("command", "newsletter.made")]


def test_a_whole_sending_by_commands(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("list", "list")[0]["active"] == 3
    facts = ask("send", "2026:1", "--newsletter", "viken")
    assert facts["recipients"] == 3
    assert facts["deliveries"]["planned"] == 3
    with SmtpServer() as server:
        monkeypatch.setenv("MAILER_SMTP_URL", server.url)
        forget_settings()
        engine = Engine()
        engine.help_with(facts["dispatch"], 15)
        engine.close()
        assert {mail.recipient for mail in server.mails} == {"anna@example.org", "bo@example.org", "cia@example.se"}
    shown = ask("dispatch", "show", str(facts["dispatch"]))
    assert (shown["dispatch"], shown["state"], shown["deliveries"]["sent"]) == (facts["dispatch"], "finished", 3)
    assert ask("issue", "list")[0]["state"] == "sent"
    assert HELP_WITH_DISPATCH.startswith("mailer.")


def test_a_second_send_is_refused_with_the_reason(ready: Path) -> None:
    assert run("send", "2026:1", "-n", "viken").exit_code == 0
    with pytest.raises(MailerError, match="already been sent to the list Alla"):
        app(["send", "2026:1", "-n", "viken"], standalone_mode=False)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["send", "2026:9", "-n", "viken"], "no issue 2026:9"),
        (["send", "nonsense", "-n", "viken"], "not the number of an issue"),
        (["send", "2026:1", "-n", "nope"], "There are: viken"),
        (["send", "2026:1", "-n", "viken", "-l", "nope"], "There are: alla"),
        (["dispatch", "show", "99"], "no dispatch 99"),
        (["user", "link", "nobody@example.org"], "no user"),
        (["workspace", "create", "viken", "--name", "Igen"], "already"),
        (["issue", "list", "--workspace", "nope"], "There are: viken"),
    ],
)
def test_what_does_not_exist_is_refused_and_the_message_says_what_does(
    ready: Path, command: list[str], reason: str
) -> None:
    with pytest.raises(MailerError, match=reason):
        app(command, standalone_mode=False)


@pytest.mark.parametrize("command", [["send"], ["issue", "import", "missing.json", "-n", "x"], ["nonsense"]])
def test_wrong_usage_has_status_2(ready: Path, command: list[str]) -> None:
    assert run(*command).exit_code == 2


def test_a_sign_in_link_is_printed_for_a_member(ready: Path) -> None:
    assert run("user", "link", "alice@example.org").stdout.startswith("http://localhost:8025/sign-in/")


def test_an_issue_goes_out_and_in_by_commands(ready: Path) -> None:
    exported = ready / "out.json"
    assert run("issue", "export", "viken", "2026:1", "--output", str(exported)).exit_code == 0
    assert ask("issue", "import", str(exported), "-n", "viken")["outcome"] == "unchanged"


def test_a_relay_is_kept_without_showing_its_password(ready: Path) -> None:
    assert run("relay", "add", "huvud", "--url", "smtps://u:hemligt@relay.example.org").exit_code == 0
    listed = run("relay", "list")
    assert "relay.example.org:465" in listed.output
    assert "hemligt" not in listed.output
    assert run("relay", "remove", "huvud").exit_code == 0
