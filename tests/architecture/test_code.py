"""What every module of the product keeps to. Exceptions stand here with their reason, and must still be needed."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.architecture.sources import (
    list_attributes,
    list_code,
    list_files,
    list_imports,
    parse,
    read_layers,
    read_text,
)

Find = Callable[[ast.Module], Iterator[int]]

COMMITS = {
    "mailer/db.py": "transaction() is the one place",
    "mailer/migrations/env.py": "Alembic's connection is no session; each migration is a transaction of its own",
}
READS_ENVIRONMENT = {
    "mailer/config.py": "the one place",
    "mailer/cli/relays.py": "a relay's password must not stand in a shell's history, nor is it a setting",
}
MAKES_CHANCE = {
    "mailer/tokens.py": "the one place",
    "mailer/config.py": "makes the key that tokens stands on",
    "worker/engine/": "spreads retries, and names a traceback in the log: neither guards anything",
    "worker/notices.py": "spreads retries",
}
CALLS_CLOCK = {
    "mailer/clock.py": "the one place",
    "mailer/limits.py": "windows are the wall clock's in every process, whatever time a request believes in",
    "mailer/cli/": "an edge",
    "mailer/web/": "an edge",
    "worker/": "an edge",
}
IS_ASYNC = {
    "worker/engine/": "the only code that waits for many things at once",
    "worker/inbound.py": "an SMTP server: aiosmtpd calls coroutines",
    "worker/inbox.py": "an SMTP server: aiosmtpd calls coroutines",
    "mailer/web/fields.py": "reads a form whose fields are not known before",
    "mailer/web/caching.py": "middleware speaks ASGI",
    "mailer/web/guard.py": "middleware speaks ASGI",
    "mailer/web/measure.py": "middleware speaks ASGI",
    "mailer/web/static.py": "overrides a coroutine of Starlette",
    "mailer/web/public/leave.py": "reads a form whose type it must know first, which Starlette does in coroutines",
}
FETCHES = {
    "mailer/cli/supervisor.py": "asks its own web server whether it is up",
}
LONG_FILES = {
    "mailer/migrations/versions/": "one list of tables",
    "mailer/locale/": "a catalogue",
    "docs/reference/": "generated",
    "docs/reliability.md": "its table is made by `make faults`",
    "frontend/package-lock.json": "written by npm",
    "requirements": "written by uv",
}
PLAIN_NAMES = {
    "frontend/src/base.css": "the CSS layer of that name",
    "templates/pages/base.html": "the page that every page extends",
}
# Pages have a file a concept, kinds are listed by their registry, migrations by their numbers.
UNINDEXED = ("mailer/web", "mailer/blocks/kinds", "mailer/migrations")
EMPTY_NAMES = {
    "service",
    "services",
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "common",
    "base",
    "misc",
}

CLOCK_CALLS = {
    *("clock.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("datetime.datetime.now", "datetime.date.today", "time.time", "time.time_ns", "time.localtime", "time.gmtime"),
    *("utils.localtime", "utils.formatdate", "utils.make_msgid"),
}


def find_nested_imports(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (one.lineno for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom))


def find_commits(tree: ast.Module) -> Iterator[int]:
    for name, line in list_attributes(tree):
        if name.rpartition(".")[2] in {"commit", "begin"}:  # a nested transaction is a savepoint
            yield line


def find_environment(tree: ast.Module) -> Iterator[int]:
    names = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    yield from (line for name, line in (*list_attributes(tree), *list_imports(tree)) if name in names)
    for node in ast.walk(tree):
        # Settings of pydantic and envvar= of Typer read it on our behalf.
        if isinstance(node, ast.keyword) and node.arg in {"envvar", "env_prefix", "env_file"}:
            yield node.value.lineno


def find_chance(tree: ast.Module) -> Iterator[int]:
    chance = {"secrets", "hmac", "random", "uuid"}
    yield from (line for name, line in list_imports(tree) if name.partition(".")[0] in chance)


def find_clock_calls(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCK_CALLS:
            yield node.lineno
    yield from (line for name, line in list_imports(tree) if name in {"mailer.clock.now", "time.time"})


def find_coroutines(tree: ast.Module) -> Iterator[int]:
    yield from (node.lineno for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef))


def find_fetches(tree: ast.Module) -> Iterator[int]:
    fetchers = ("urllib.request", "http.client", "requests", "httpx", "httpx2", "aiohttp")
    yield from (line for name, line in list_imports(tree) if name.startswith(fetchers))


@pytest.mark.parametrize(
    ("find", "allowed"),
    [
        pytest.param(find_nested_imports, {}, id="imports stand at the top"),
        pytest.param(find_commits, COMMITS, id="only transaction commits"),
        pytest.param(find_environment, READS_ENVIRONMENT, id="only config reads the environment"),
        pytest.param(find_chance, MAKES_CHANCE, id="only tokens makes secrets"),
        pytest.param(find_clock_calls, CALLS_CLOCK, id="only edges call the clock"),
        pytest.param(find_coroutines, IS_ASYNC, id="only the engine is asynchronous"),
        pytest.param(find_fetches, FETCHES, id="nobody fetches an address"),
    ],
)
def test_code_keeps_to_its_place(find: Find, allowed: Mapping[str, str]) -> None:
    check({f"{path}:{line}" for path in list_code() for line in find(parse(path))}, allowed)


def test_every_module_says_what_it_owns() -> None:
    silent = [
        path for path in list_files(suffix=".py") if read_text(path).strip() and not ast.get_docstring(parse(path))
    ]
    empty = [path for path in list_code() if not read_text(path).strip()]
    assert not silent + empty


def test_the_index_of_a_concept_names_all_its_files() -> None:
    missing = []
    for index in list_files("mailer/*/__init__.py"):
        folder = index.removesuffix("/__init__.py")
        if folder.startswith(UNINDEXED):
            continue
        words = set(re.findall(r"\w+", ast.get_docstring(parse(index)) or ""))
        inside = [path.removeprefix(f"{folder}/").split("/")[0] for path in list_files(folder, suffix=".py")]
        parts = {part.removesuffix(".py") for part in inside} - {"__init__", "models", "queries"}
        missing += [f"{index} does not name {part}" for part in sorted(parts - words)]
    assert not missing


def test_every_table_is_in_the_index_of_models() -> None:
    indexed = {name for name, _ in list_imports(parse("mailer/models.py"))}
    concepts = {path.split("/")[1] for path in list_files("mailer/*/models.py")}
    assert {f"mailer.{concept}.models" for concept in concepts} <= indexed


def test_every_concept_has_its_place_in_the_layers() -> None:
    parts = {path.split("/")[1].removesuffix(".py") for path in list_files("mailer", suffix=".py")} - {"__init__"}
    assert parts <= set(read_layers())


def test_no_file_is_longer_than_300_lines() -> None:
    text = (".py", ".ts", ".css", ".html", ".mjml", ".txt", ".md", ".toml", ".json", ".po", ".yml")
    long = {path for path in list_files() if path.endswith(text) and len(read_text(path).splitlines()) > 300}
    check(long, LONG_FILES)


def test_no_file_has_an_empty_name() -> None:
    stems = {path: set(re.split(r"[_.-]", path.rpartition("/")[2].rpartition(".")[0])) for path in list_files()}
    folders = {path: set(path.split("/")[:-1]) for path in list_files()}
    check({path for path in stems if (stems[path] | folders[path]) & EMPTY_NAMES}, PLAIN_NAMES)


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    written = (".py", ".ts", ".css", ".html", ".mjml", ".md", ".yml")
    assert not [path for path in list_files() if path.endswith(written) and marks.search(read_text(path))]


def test_every_silenced_warning_has_its_reason() -> None:
    silenced = re.compile(r"#\s*(?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore\[[\w-]+\])(.*)")
    bare = [
        f"{path}:{number}"
        for path in list_code()
        for number, line in enumerate(read_text(path).splitlines(), 1)
        if (match := silenced.search(line)) and not re.search(r"\w{2}", match[1])
    ]
    assert not bare


def check(found: set[str], allowed: Mapping[str, str]) -> None:
    """Fail on anything found outside `allowed`, and on an exception that nothing needs any more."""
    assert not {one for one in found if not one.startswith(tuple(allowed))}
    assert not {place for place in allowed if not any(one.startswith(place) for one in found)}
