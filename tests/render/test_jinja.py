"""Environments: sandboxed, strict, escaping where markup comes out; every template of ours compiles."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from mailer.render.jinja import TEMPLATES, Form, content_environment, make_environment

FORMS: dict[str, Form] = {".mjml": "email", ".html": "web", ".txt": "text"}
OURS = sorted(path for folder in ("blocks", "mail/issue") for path in (TEMPLATES / folder).iterdir())


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_template_compiles(path: Path) -> None:
    content_environment(FORMS[path.suffix], "sv").get_template(str(path.relative_to(TEMPLATES)))


def test_undefined_names_are_errors() -> None:
    with pytest.raises(UndefinedError):
        make_environment("sv", autoescape=True).from_string("{{ missing }}").render()


@pytest.mark.parametrize(
    "source",
    ["{{ ''.__class__ }}", "{{ [].append(1) }}", "{{ ''|attr('__class__') }}", "{{ '{0.__class__}'.format(1) }}"],
)
def test_the_sandbox_holds(source: str) -> None:
    environment = make_environment("sv", autoescape=True)
    with pytest.raises((SecurityError, UndefinedError)):
        environment.from_string(source + "{{ ''.__class__.__mro__ }}").render()


@pytest.mark.parametrize(("form", "shown"), [("email", "&lt;b&gt;"), ("web", "&lt;b&gt;"), ("text", "<b>")])
def test_markup_is_escaped_where_markup_comes_out(form: Form, shown: str) -> None:
    assert content_environment(form, "en").from_string("{{ x }}").render(x="<b>") == shown
