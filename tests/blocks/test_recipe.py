"""The recipe for a new kind of block is true: its code is run, its templates are rendered."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.render.jinja import TEMPLATES, Form, content_environment
from tests.blocks.stage import LINKS, THEME

RECIPE = (Path(__file__).parents[2] / "docs" / "recipes" / "add-a-block.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```(\w+)\n(.*?)```", RECIPE, re.DOTALL)


@pytest.fixture(scope="module")
def tip() -> BlockData:
    (code,) = [snippet for language, snippet in SNIPPETS if language == "python"]
    names: dict[str, Any] = {"__name__": "tip"}
    exec(compile(code, "tip.py", "exec"), names)  # noqa: S102 our own page
    data = names["Tip"].model_validate(names["Tip"].EXAMPLES[0])
    assert isinstance(data, BlockData)
    return data


@pytest.mark.parametrize(("index", "form"), list(enumerate(["email", "web", "text"])))
def test_templates_of_the_recipe_render(tip: BlockData, index: int, form: Form) -> None:
    source = [snippet for language, snippet in SNIPPETS if language == "jinja"][index]
    scene = Scene(form, "sv", THEME, LINKS.web, {}, {}, (), lambda *_: "", "b1")
    template = content_environment(form, "sv").from_string(source)
    rendered = template.render(data=tip, id="b1", c=THEME.palette, scene=scene, **tip.context(scene))
    assert "Lokalen tar fyrtio personer." in rendered
    if form != "text":
        ET.fromstring(f"<all>{rendered}</all>")  # noqa: S314 our own template


def test_classes_of_the_web_fragment_are_the_ones_listed() -> None:
    listed = set(re.findall(r"`([a-z-]+)`", RECIPE[RECIPE.index("## Classes on the web page") :]))
    used: set[str] = set()
    for path in (TEMPLATES / "blocks").glob("*.html"):
        for value in re.findall(r'class="((?:\{[%{].*?[%}]\}|[^"])*)"', path.read_text(encoding="utf-8")):
            names = re.sub(r"\{%.*?%\}", " ", value)
            used |= {name for part in re.split(r"\{\{|\}\}", names) for name in re.findall(r"[a-z][a-z-]+", part)}
    plain = {name for name in used if not name.startswith("block")} - {"data", "layout", "card", "if", "else"}
    assert plain <= listed
