"""Which language a page is shown in: the one asked for with ?lang, else what the caller knows about the reader."""

from starlette.requests import Request

from mailer.i18n import LANGUAGES

LANGUAGE_COOKIE = "mailer_lang"  # set on members' pages only; readers' pages have no cookies


def asked_language(request: Request) -> str:
    """Return ?lang when it is one of ours, or nothing."""
    lang = request.query_params.get("lang", "")
    return lang if lang in LANGUAGES else ""


def browser_language(request: Request) -> str:
    """Return the first of our languages in Accept-Language, by the browser's own order of weights; or nothing."""
    weighted = []
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=") if parameter else "1"
        try:
            weighted.append((-float(weight), tag[:2].lower()))
        except ValueError:
            continue
    return next((lang for _, lang in sorted(weighted, key=lambda pair: pair[0]) if lang in LANGUAGES), "")


def member_language(request: Request, workspace_language: str = "") -> str:
    """Return the language of members' pages: asked for now or earlier, the browser's, the workspace's."""
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    return (
        asked_language(request)
        or (kept if kept in LANGUAGES else "")
        or browser_language(request)
        or workspace_language
        or LANGUAGES[0]
    )


def reader_language(request: Request, newsletter_language: str = "") -> str:
    """Return the language of readers' pages: asked for, the newsletter's, the browser's."""
    return asked_language(request) or newsletter_language or browser_language(request) or LANGUAGES[0]
