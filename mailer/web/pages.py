"""Renders templates/pages in the language of the reader."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from mailer.config import get_settings
from mailer.i18n import LANGUAGES
from mailer.render.jinja import make_environment
from mailer.web.guard import is_local
from mailer.web.headers import app_page
from mailer.web.language import asked_language
from mailer.web.static import static_url


def render(
    request: Request,
    template: str,
    *,
    lang: str,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    **context: Any,  # noqa: ANN401 - each template names what it takes
) -> HTMLResponse:
    """Return the page of templates/pages/`template`; `headers` is one set of `mailer.web.headers`."""
    asked = asked_language(request)
    context |= {
        "lang": lang,
        "other_lang": next(other for other in LANGUAGES if other != lang),
        "path": quote(request.scope["path"]),  # `request.url` cannot be read when the Host is malformed
        # Readers' pages keep no cookie, so a language asked for travels along in their links.
        "keep_lang": f"?lang={asked}" if asked else "",
        "shows_inbox": get_settings().uses_local_inbox and is_local(request.scope),
    }
    html = _environment(lang).get_template(f"pages/{template}").render(context)
    return HTMLResponse(html, status_code=status, headers=dict(headers if headers is not None else app_page()))


@lru_cache
def _environment(lang: str) -> Environment:
    environment = make_environment(lang, autoescape=True)
    environment.globals["static"] = static_url
    return environment
