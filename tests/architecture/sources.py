"""The files of the repository as git knows them, and their syntax trees: what the architecture tests read."""

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def list_files(*folders: str, suffix: str = "") -> tuple[str, ...]:
    """Return the paths of committed files from the root, sorted; of `folders` only when some are named."""
    command = ["git", "ls-files", "-z", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = sorted(path for path in listed.split("\0") if path.endswith(suffix) and (ROOT / path).is_file())
    assert found, f"no files in {folders}: the test that asked would prove nothing"
    return tuple(found)


def list_code() -> tuple[str, ...]:
    """Return the Python files of the product itself."""
    return list_files("mailer", "worker", suffix=".py")


@cache
def read_text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def parse(path: str) -> ast.Module:
    return ast.parse(read_text(path), path)


@cache
def list_imports(tree: ast.AST) -> tuple[tuple[str, int], ...]:
    """Return the dotted name and line of everything that is imported: `a.b` for `import a.b`, `a.b.c` for `from`."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return tuple(found)


@cache
def list_attributes(tree: ast.AST) -> tuple[tuple[str, int], ...]:
    """Return `a.b.c` and its line for every attribute that is looked up."""
    return tuple((ast.unparse(node), node.lineno) for node in ast.walk(tree) if isinstance(node, ast.Attribute))


@cache
def read_layers() -> dict[str, int]:
    """Return the height of each part of `mailer` by the import contract in pyproject.toml; 0 is the lowest."""
    contracts = tomllib.loads(read_text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["id"] == "downwards")
    names = [[name.strip(" ()") for name in line.split("|")] for line in reversed(layers)]
    return {name: height for height, line in enumerate(names) for name in line}
