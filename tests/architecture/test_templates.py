"""Templates and what the browser gets: all of them parse, nothing comes from elsewhere, every word is translated."""

import ast
import re
from collections.abc import Iterator

import pytest
from jinja2.ext import babel_extract

from mailer.blocks.registry import KINDS
from mailer.deliveries.models import DISPATCH_STATES
from mailer.deliveries.states import State
from mailer.i18n import get_translations
from mailer.render.jinja import TEMPLATES, make_environment
from mailer.web.words import dispatch_words, reason_words, state_words
from tests.architecture.sources import ROOT, list_code, list_files, parse, read_text

FORMS = ("mjml", "txt", "html")
MARKS = {"mark", "_", "gettext", "ngettext"}
# Names of things, not places where anything is fetched from.
NAMES = {"https://schema.org/Event", "http://www.w3.org/2000/svg", "https://", "http://"}
NAMES |= {"https://www.imy.se", "https://www.digg.se/tdosanmalan"}  # authorities to complain to
# Shown by a page although no row has it: told by a batch's lease and by a worker's journal.
UNSEEN_STATES = {State.ON_THE_WIRE}


@pytest.mark.parametrize("path", list_files("templates"))
def test_template_parses(path: str) -> None:
    environment = make_environment("sv", autoescape=not path.endswith(".txt"))
    assert (ROOT / path).is_relative_to(TEMPLATES)
    environment.parse(read_text(path), path)


def test_every_kind_has_its_three_templates_and_no_template_is_without_a_kind() -> None:
    wanted = {f"templates/blocks/{kind.NAME}.{form}" for kind in KINDS for form in FORMS}
    parts = {path for path in list_files("templates/blocks") if not path.startswith("templates/blocks/_")}
    assert parts == wanted


def test_every_kind_has_a_file_of_its_own() -> None:
    files = {path.rpartition("/")[2].removesuffix(".py") for path in list_files("mailer/blocks/kinds")} - {"__init__"}
    assert files == {kind.NAME for kind in KINDS}


@pytest.mark.parametrize("path", list_files("templates", "frontend/src"))
def test_nothing_comes_from_elsewhere(path: str) -> None:
    addresses = set(
        re.findall(r"(?:https?:)?//[\w.-]*(?:/[\w./-]*)?(?=[\"')\s])", _without_comments(read_text(path), path))
    )
    assert not {one for one in addresses if one not in NAMES and one != "//"}


@pytest.mark.parametrize("path", list_files("templates/pages"))
def test_pages_have_no_inline_script_or_style(path: str) -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:|hx-on[:-]", re.IGNORECASE)
    assert not inline.findall(read_text(path))


def test_every_word_of_a_template_is_swedish_too() -> None:
    translations = get_translations("sv")
    assert not {
        f"{path}: {word}"
        for path in list_files("templates")
        for word in _iter_words(path)
        if not _is_translated(translations, word)
    }


def test_every_marked_word_of_the_code_is_swedish_too() -> None:
    translations = get_translations("sv")
    assert not {
        f"{path}: {word}"
        for path in list_code()
        for word in _iter_marked(parse(path))
        if not _is_translated(translations, word)
    }


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_state_and_reason_has_words(lang: str) -> None:
    assert {state.word for state in State if state not in UNSEEN_STATES} <= state_words(lang).keys()
    assert set(DISPATCH_STATES) <= dispatch_words(lang).keys()
    assert set(_iter_reasons()) <= reason_words(lang).keys()


def _iter_reasons() -> Iterator[str]:
    """Yield the codes that the table of answers and the engine itself write."""
    code = re.compile(r"[a-z_]+")
    for path in list_files("worker/engine", "mailer/deliveries", suffix=".py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Verdict", "Result"}:
                words = [one.value for one in node.args[1:3] if isinstance(one, ast.Constant)]
                yield from (word for word in words if isinstance(word, str) and code.fullmatch(word))


def _iter_marked(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in MARKS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _is_translated(translations: object, word: str) -> bool:
    catalogue = getattr(translations, "_catalog", {})
    return bool(catalogue.get(word) or catalogue.get((word, 0)))


def _iter_words(path: str) -> Iterator[str]:
    with (ROOT / path).open("rb") as file:
        for _, _, words, _ in babel_extract(file, ["_", "gettext", "ngettext"], [], {"silent": "false"}):
            first = words[0] if isinstance(words, tuple) else words
            if first is not None:  # a variable: its words are marked where they stand
                yield first


def _without_comments(text: str, path: str) -> str:
    text = re.sub(r"/\*.*?\*/|\{#.*?#\}|<!--(?!\[).*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"(?m)(^|\s)//.*$", "", text) if path.endswith(".ts") else text
