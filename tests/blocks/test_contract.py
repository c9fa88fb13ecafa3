"""What every kind promises: three templates, examples that parse and render in three forms, golden files.

`UPDATE_GOLDEN=1 pytest tests/blocks/test_contract.py` writes the golden files anew; look at the difference before you
commit it.
"""

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mailer.blocks.kind import BlockData
from mailer.blocks.registry import BY_NAME, KINDS
from mailer.blocks.rendering import EXTENSIONS, render_block
from mailer.blocks.scene import Entry, Scene
from mailer.i18n import get_translations
from mailer.issues.document import dump_document, parse_document
from mailer.render.jinja import TEMPLATES, Form
from tests.blocks.stage import LINKS, THEME, compose_block, make_rich_document, show_file, show_image

GOLDEN = Path(__file__).parent / "golden"
CASES = [pytest.param(kind, form, id=f"{kind.NAME}-{form}") for kind in KINDS for form in EXTENSIONS]


def render_example(data: BlockData, form: Form, lang: str = "sv") -> str:
    images = {need: show_image(need) for need in data.images()}
    files = {name: show_file(name) for name in data.files()}
    contents = (Entry("b1", "Nya parter"), Entry("b2", "Öppet hus"))
    return render_block(
        data,
        Scene(form, lang, THEME, LINKS.web, images, files, contents, lambda name, *_: f"SLOT{name}", "b9"),
    )


@pytest.mark.parametrize(("kind", "form"), CASES)
def test_examples_render_as_the_golden_file_says(kind: type[BlockData], form: Form) -> None:
    rendered = "\n\n".join(render_example(kind.model_validate(example), form) for example in kind.EXAMPLES) + "\n"
    path = GOLDEN / f"{kind.NAME}.{EXTENSIONS[form]}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(rendered, encoding="utf-8")
    assert rendered == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_examples_compose_into_a_whole_mail(kind: type[BlockData], lang: str) -> None:
    for example in kind.EXAMPLES:
        composed = compose_block(kind.NAME, example, lang)
        assert composed.html.startswith("<!doctype html>")
        assert composed.text.endswith("\n")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_the_mail_template_is_well_formed_markup(kind: type[BlockData]) -> None:
    for example in kind.EXAMPLES:
        ET.fromstring(f"<all>{render_example(kind.model_validate(example), 'email')}</all>")  # noqa: S314 our own


def test_every_template_belongs_to_a_kind_and_every_kind_has_all_three() -> None:
    found = {path.name for path in (TEMPLATES / "blocks").iterdir() if not path.name.startswith("_")}
    assert found == {f"{kind.NAME}.{extension}" for kind in KINDS for extension in EXTENSIONS.values()}


def test_names_are_distinct_and_labels_are_translated() -> None:
    assert len(BY_NAME) == len(KINDS)
    for kind in KINDS:
        assert get_translations("sv").gettext(kind.LABEL)


def test_parts_of_different_kinds_have_different_names() -> None:
    seen: dict[str, object] = {}
    for kind in KINDS:
        for name, schema in kind.model_json_schema().get("$defs", {}).items():
            assert seen.setdefault(name, schema) == schema


def test_every_example_survives_dumping_and_parsing() -> None:
    document = make_rich_document()
    assert parse_document(dump_document(document)) == document
