"""Documentation is held to the truth: links, the steps of flows, commands, settings, generated pages, decisions."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from mailer.__main__ import app
from mailer.cli.reference import COMMANDS_FILE, SETTINGS_FILE, iter_commands, write_commands_page, write_settings_page
from mailer.config import Settings
from mailer.issues.reference import write_reference
from tests.architecture.sources import ROOT, list_files, parse, read_text

PAGES = list_files(suffix=".md")
FLOWS = list_files("docs/flows")
DECISIONS = list_files("docs/decisions")
NEEDED_SECTIONS = ["## Context", "## Decision", "## Consequences"]

# Read by tests and by Docker Compose, not settings of the service.
OTHER_VARIABLES = {"MAILER_TEST_POSTGRES_URL", "MAILER_RELAY_URL"}

HOP = re.compile(r"`((?:mailer|worker|templates|frontend|tests|docs)/[\w./-]*[\w-]\.\w+)(?::([\w.]+))?`")


def get_root_command() -> TyperGroup:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return root


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _without_code(read_text(page))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and anchor not in _iter_anchors(file)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_in_the_code_exists(page: str) -> None:
    missing = [f"{path}:{name}" for path, name in HOP.findall(read_text(page)) if not _exists(path, name)]
    assert not [one for one in missing if page != "docs/recipes/add-a-block.md" or "tip" not in one]


@pytest.mark.parametrize("page", FLOWS)
def test_a_flow_numbers_its_steps_and_names_their_places(page: str) -> None:
    steps = re.split(r"(?m)^(?=\d+\. )", _without_code(read_text(page), inline=False))[1:]
    assert [int(step.partition(".")[0]) for step in steps] == list(range(1, len(steps) + 1))
    assert len(HOP.findall(read_text(page))) >= len(steps)


def test_every_flow_ends_in_functions_not_only_in_files() -> None:
    assert not [page for page in FLOWS if sum(bool(name) for _, name in HOP.findall(read_text(page))) < 5]


def test_the_generated_pages_are_up_to_date(tmp_path: Path) -> None:
    write_reference(tmp_path)
    (tmp_path / SETTINGS_FILE).write_text(write_settings_page(), "utf-8")
    (tmp_path / COMMANDS_FILE).write_text(write_commands_page(get_root_command()), "utf-8")
    stale = [
        one.name for one in tmp_path.iterdir() if one.read_bytes() != (ROOT / "docs/reference" / one.name).read_bytes()
    ]
    assert not stale, "run make docs"


def test_every_setting_says_what_it_is() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_every_command_and_option_says_what_it_does() -> None:
    silent = [name for name, command in iter_commands(get_root_command()) if not command.help]
    for name, command in iter_commands(get_root_command()):
        options = [one for one in command.params if isinstance(one, TyperOption) and not one.hidden]
        silent += [f"{name} {one.opts[0]}" for one in options if not one.help]
    assert not silent


@pytest.mark.parametrize("page", [*PAGES, "docker-compose.yml", "Dockerfile"])
def test_settings_that_are_named_exist(page: str) -> None:
    known = {f"MAILER_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    assert set(re.findall(r"\bMAILER_[A-Z_]+\b(?!_)", read_text(page))) - {"MAILER_"} <= known


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_shown_exist(page: str) -> None:
    assert not [line for line in _iter_shown_commands(read_text(page)) if not _is_command(line)]


@pytest.mark.parametrize("page", DECISIONS)
def test_a_decision_has_its_form(page: str) -> None:
    text = read_text(page)
    number = page.rpartition("/")[2][:4]
    assert text.startswith(f"# {number}: ")
    assert re.findall(r"(?m)^## .*$", text) == NEEDED_SECTIONS
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.rpartition("/")[2][:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_index_leads_to_every_page() -> None:
    index = read_text("docs/README.md")
    pages = [page.removeprefix("docs/") for page in list_files("docs", suffix=".md") if page != "docs/README.md"]
    assert not [page for page in pages if f"]({page})" not in index]


def test_the_glossary_has_every_concept() -> None:
    concepts = {index.split("/")[1] for index in list_files("mailer/*/models.py")} | {"shares", "blocks"}
    glossary = read_text("docs/glossary.md")
    one = {"accounts": "user", "activity": "activity", "deliveries": "delivery"}
    assert not [each for each in concepts if f"| **{one.get(each, each.removesuffix('s'))}** |" not in glossary]


def _exists(path: str, name: str) -> bool:
    """Tell whether a file exists and, of Python, holds the function, class, method or constant `name`."""
    if not (ROOT / path).is_file():
        return False
    scope: list[ast.stmt] = parse(path).body if name else []
    for part in name.split(".") if name else []:
        found = [node for node in scope if part in _names_of(node)]
        if not found:
            return False
        scope = getattr(found[0], "body", [])
    return True


def _names_of(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _iter_shown_commands(text: str) -> Iterator[str]:
    """Yield the commands of shell blocks, and those that stand in the text and have a sub-command."""
    shell = "\n".join(re.findall(r"(?ms)^ *```sh\n(.*?)^ *```", text)).replace("\\\n", " ")
    for line in shell.splitlines():
        if match := re.search(r"(?:^|\s|bin/)mailer (?![*-])(.*?)(?:#.*)?$", line):
            yield match[1].strip()
    yield from re.findall(r"`mailer ([a-z][^`]*)`", _without_code(text, inline=False))


def _is_command(line: str) -> bool:
    """Tell whether the words lead to a command of ours that knows the options."""
    command: object = get_root_command()
    words = shlex.split(line.replace("…", ""))
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        command = command.commands.get(words.pop(0))
    if isinstance(command, TyperGroup):
        return not words
    known = {spelling for one in getattr(command, "params", []) for spelling in (*one.opts, *one.secondary_opts)}
    return isinstance(command, TyperCommand) and {word for word in words if word.startswith("-")} <= known | {"--help"}


def _iter_anchors(file: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", file.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _without_code(text: str, *, inline: bool = True) -> str:
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    return re.sub(r"`[^`\n]*`", "", text) if inline else text
