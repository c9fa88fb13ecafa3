"""`mailer relay`: SMTP servers of a workspace, when not those of MAILER_SMTP_URL; what each may send and has sent."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from mailer import clock
from mailer.cli.output import Json, WorkspaceOption, print_rows
from mailer.cli.relay_probe import describe, probe
from mailer.config import get_settings
from mailer.db import reading, transaction
from mailer.errors import NotFoundError, RefusedError
from mailer.newsletters.queries import list_newsletters
from mailer.relays.address import RelayAddress, Security, is_loopback
from mailer.relays.changes import add_relay, change_terms, change_url, remove_relay
from mailer.relays.queries import get_relay, list_relays, list_usable_relays, make_option, terms_of
from mailer.relays.quotas import Usage, read_usage
from mailer.relays.slow_start import allowed_per_day, find_first_days, key_of_sender
from mailer.relays.terms import RelayOption, RelayTerms, parse_relay
from mailer.relays.troubles import Trouble, map_troubles
from mailer.workspaces.queries import get_workspace

app = typer.Typer(help="Relays: the SMTP servers that mail is handed to.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the relay.")]
Weight = Annotated[int | None, typer.Option(help="Share of the work among relays that are up; 0: a standby.")]
Connections = Annotated[int | None, typer.Option(help="Connections of each worker process at the most; 0: no limit.")]
PerSecond = Annotated[float | None, typer.Option(help="Mails per second of all workers; 0: no limit.")]
PerHour = Annotated[int | None, typer.Option(help="Mails per clock hour (UTC); 0: no limit.")]
PerDay = Annotated[int | None, typer.Option(help="Mails per day (UTC); 0: no limit.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A name for it.")],
    url: Annotated[str, typer.Option(envvar="MAILER_RELAY_URL", help="smtp://user:pass@host:port or smtps://…")],
    workspace: WorkspaceOption = None,
    weight: Weight = None,
    connections: Connections = None,
    per_second: PerSecond = None,
    per_hour: PerHour = None,
    per_day: PerDay = None,
) -> None:
    """Add a relay; the workspace's mail goes to its own relays from now on."""
    _, terms = parse_relay(url)
    terms = _change(terms, weight, connections, per_second, per_hour, per_day)
    with transaction() as session:
        add_relay(session, get_workspace(session, workspace).id, name, url, terms, now=clock.now())
    print(f"Relay {name} is in use.")


@app.command("set")
def change(
    name: Name,
    url: Annotated[
        str | None, typer.Option(help="Another address or password; `-` reads it from standard input.")
    ] = None,
    workspace: WorkspaceOption = None,
    weight: Weight = None,
    connections: Connections = None,
    per_second: PerSecond = None,
    per_hour: PerHour = None,
    per_day: PerDay = None,
) -> None:
    """Change a relay; what is not named stays as it is. Workers follow within a slice of their time."""
    with transaction() as session:
        relay = get_relay(session, get_workspace(session, workspace).id, name)
        change_terms(relay, _change(terms_of(relay), weight, connections, per_second, per_hour, per_day))
        if url:
            change_url(relay, sys.stdin.readline().strip() if url == "-" else url)
    print(f"Relay {name} is changed.")


@app.command("disable")
def disable(name: Name, workspace: WorkspaceOption = None) -> None:
    """Stop using a relay without forgetting it. With all of them disabled the workspace's mail waits."""
    _switch(name, workspace, is_enabled=False)
    print(f"Relay {name} is not used any more.")


@app.command("enable")
def enable(name: Name, workspace: WorkspaceOption = None) -> None:
    """Use a relay again."""
    _switch(name, workspace, is_enabled=True)
    print(f"Relay {name} is in use.")


@app.command("remove")
def remove(name: Name, workspace: WorkspaceOption = None) -> None:
    """Remove a relay."""
    with transaction() as session:
        remove_relay(session, get_workspace(session, workspace).id, name)
    print(f"Relay {name} is gone.")


@app.command("list")
def list_all(workspace: WorkspaceOption = None, as_json: Json = False) -> None:
    """List relays with their terms and what they had this hour and today (UTC), without their passwords."""
    with reading() as session:
        options = _list_options(session, get_workspace(session, workspace).id)
        keys = [option.key for option, _ in options]
        usage, troubles = read_usage(session, keys, now=clock.now()), map_troubles(session, keys)
    tell = _facts if as_json else _words
    rows = [
        tell(option, usage[option.key], is_enabled) | _trouble(troubles.get(option.key), as_json=as_json)
        for option, is_enabled in options
    ]
    print_rows(rows, as_json=as_json, empty="No relays.")
    if not as_json:
        for option, _ in options:
            if trouble := troubles.get(option.key):
                print(f"\n{option.name} could not be used at {trouble.at:%Y-%m-%d %H:%M} UTC: {trouble.detail}")


@app.command("senders")
def senders(workspace: WorkspaceOption = None, as_json: Json = False) -> None:
    """List the domains that newsletters are sent from, with how much slow start lets them send today (UTC)."""
    now = clock.now()
    with reading() as session:
        newsletters = list_newsletters(session, get_workspace(session, workspace).id)
        domains = sorted({one.sender_email.rpartition("@")[2].lower() for one in newsletters})
        first_days = find_first_days(session, domains)
        usage = read_usage(session, [key_of_sender(domain) for domain in domains], now=now)
    rows = []
    for domain in domains:
        first_on = first_days.get(domain)
        allowed = allowed_per_day(first_on or now.date(), now.date(), get_settings().slow_start_per_day)
        today = usage[key_of_sender(domain)].today
        rows.append({"domain": domain, "first_sent_on": first_on, "today": today, "of_a_day": allowed})
    print_rows(rows, as_json=as_json, empty="No newsletters, so no senders.")


@app.command("test")
def try_out(
    name: Annotated[str | None, typer.Argument(help="Name of the relay; without one all of them.")] = None,
    workspace: WorkspaceOption = None,
    as_json: Json = False,
) -> None:
    """Connect to relays, secure the connection and sign in, and say what they offer or why not. Sends no mail."""
    with reading() as session:
        options = [option for option, _ in _list_options(session, get_workspace(session, workspace).id)]
    chosen = [option for option in options if name in (None, option.name)]
    if not chosen:
        raise NotFoundError(f"There is no relay {name!r}. There are: {', '.join(one.name for one in options)}.")
    found = [probe(option) for option in chosen]
    print_rows([describe(one) for one in found], as_json=as_json, empty="No relays.")
    if failed := [one.relay for one in found if one.error]:
        raise RefusedError(f"Mail cannot be handed to: {', '.join(failed)}.")


def _list_options(session: Session, workspace_id: int) -> list[tuple[RelayOption, bool]]:
    """Return a workspace's relays and whether each is enabled; those of the settings when it has none of its own."""
    own = [(make_option(relay), relay.is_enabled) for relay in list_relays(session, workspace_id)]
    return own or [(option, True) for option in list_usable_relays(session, workspace_id)]


def _facts(option: RelayOption, usage: Usage, is_enabled: bool) -> dict[str, Any]:
    """Return everything that is known of a relay, for scripts."""
    return {
        "relay": option.name,
        "address": option.address.label,
        "security": option.address.security.value,
        "enabled": is_enabled,
        **asdict(option.terms),
        "this_hour": usage.this_hour,
        "today": usage.today,
    }


def _words(option: RelayOption, usage: Usage, is_enabled: bool) -> dict[str, Any]:
    """Return what fits into a line of 80 characters, for people."""
    terms = option.terms
    limits = [f"{terms.connections} connections"] if terms.connections else []
    limits += [f"{terms.per_second:g} a second"] if terms.per_second else []
    return {
        "relay": option.name,
        "address": option.address.label,
        "security": _security_words(option.address),
        "use": "disabled" if not is_enabled else f"weight {terms.weight}" if terms.weight else "standby",
        "limits": ", ".join(limits),
        "this_hour": f"{usage.this_hour} of {terms.per_hour}" if terms.per_hour else "",
        "today": f"{usage.today} of {terms.per_day}" if terms.per_day else "",
    }


def _trouble(trouble: Trouble | None, *, as_json: bool) -> dict[str, Any]:
    """Return the last trouble for scripts; people read it below the table."""
    if not as_json:
        return {}
    return {"trouble": trouble.detail if trouble else None, "trouble_at": trouble.at if trouble else None}


def _security_words(address: RelayAddress) -> str:
    """Return how mail gets there; on this machine it does not leave it, and needs no TLS."""
    if address.security is Security.NONE and is_loopback(address.host):
        return "none, same machine"
    return address.security.value


def _change(
    terms: RelayTerms,
    weight: int | None,
    connections: int | None,
    per_second: float | None,
    per_hour: int | None,
    per_day: int | None,
) -> RelayTerms:
    """Return terms with the values that are given; 0 takes a limit away."""
    return RelayTerms(
        terms.weight if weight is None else weight,
        terms.connections if connections is None else connections or None,
        terms.per_second if per_second is None else per_second or None,
        terms.per_hour if per_hour is None else per_hour or None,
        terms.per_day if per_day is None else per_day or None,
    )


def _switch(name: str, workspace: str | None, *, is_enabled: bool) -> None:
    with transaction() as session:
        get_relay(session, get_workspace(session, workspace).id, name).is_enabled = is_enabled
