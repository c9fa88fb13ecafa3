"""Jinja environments: sandboxed, immutable, strict about undefined names. Editors' text is data, not a template."""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ClassVar, Literal

from jinja2 import FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from mailer import i18n
from mailer.render import rich, text
from mailer.render.merge import MergeField, fill_for_everybody, fill_rich
from mailer.render.sanitise import bare_address, dial, wire_address

Form = Literal["email", "web", "text"]

# In the wheel the templates lie inside the package, in a checkout beside it.
_PACKAGE = Path(__file__).parent.parent
_PACKED = _PACKAGE / "_data" / "templates"
TEMPLATES: Path = _PACKED if _PACKED.is_dir() else _PACKAGE.parent / "templates"

_RICH: dict[Form, Callable[..., str]] = {
    "email": lambda value, colour: Markup(rich.style_for_mail(value, colour)),  # noqa: S704 canonical rich text
    "web": lambda value: Markup(rich.write_web(value)),  # noqa: S704 canonical rich text
    "text": rich.write_plain,
}


@pass_context
def _write_rich(context: Context, value: str, *colour: str) -> str:
    """Write rich text in the form of the block's scene; its merge fields are slots, on the web what stands for them."""
    scene = context["scene"]

    def put(field: MergeField, is_led_by_blank: bool) -> str:
        sentinel: str = scene.slot(field.name, field.fallback, is_led_by_blank and not field.fallback)
        return sentinel

    filled = fill_for_everybody(value) if scene.form == "web" else fill_rich(value, put)
    return _RICH[scene.form](filled, *colour)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, whose verdict on an attribute is kept: it depends on the object's type and the name alone."""

    _verdicts: ClassVar[dict[tuple[type, str], bool]] = {}

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        key = (type(obj), attr)
        if key not in self._verdicts:
            self._verdicts[key] = super().is_safe_attribute(obj, attr, value)
        return self._verdicts[key]


@lru_cache
def content_environment(form: Form, lang: str) -> Sandbox:
    """Return the environment of one form in one language; templates are compiled once and kept."""
    environment = make_environment(lang, autoescape=form != "text")
    environment.filters["rich"] = _write_rich
    environment.filters.update(upper_rule=text.write_heading, facts=text.write_facts, shown=rich.show_address)
    return environment


def make_environment(lang: str, *, autoescape: bool) -> Sandbox:
    """Return a new environment with the catalogue, date and address filters of `lang`."""
    environment = Sandbox(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    install_translations(environment, lang)
    formats: dict[str, Callable[..., Any]] = {
        "day": i18n.format_day,
        "date": i18n.format_date,
        "time": i18n.format_time,
        "moment": i18n.format_moment,
        "period": i18n.format_period,
        "number": i18n.format_number,
        "size": i18n.format_size,
    }
    environment.filters.update({name: partial(function, lang=lang) for name, function in formats.items()})
    environment.filters.update(href=wire_address, dial=dial, bare=bare_address)
    environment.globals["lang"] = lang
    return environment


def install_translations(environment: Sandbox, lang: str) -> None:
    """Give the environment `_`, `gettext` and `ngettext` of a language; parameters are escaped where output is."""
    translations = i18n.get_translations(lang)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        translations.gettext, translations.ngettext, newstyle=True
    )
