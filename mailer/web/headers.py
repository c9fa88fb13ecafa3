"""Security headers, one set per kind of page; `guard` adds the strictest to whatever a handler left unsaid."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders

from mailer.config import Settings, get_settings

# Images in issues have absolute addresses, which on the operator's own machine may differ from the host in use.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {images}; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
# A mail is shown as it was sent: with its inline styles, without script, in an origin of its own.
_MAIL_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: {images}; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


# Cache-Control of what holds nothing of whoever asks: asked for again each time, or kept for five minutes.
NO_CACHE, FIVE_MINUTES = SAME_FOR_ALL = ("no-cache", "public, max-age=300")


def app_page() -> dict[str, str]:
    """Pages of members, and everything that says nothing else."""
    return {"Content-Security-Policy": _csp("'none'"), "Referrer-Policy": "same-origin", **_PRIVATE}


def token_page() -> dict[str, str]:
    """Pages behind a link in a mail: the address must not travel on."""
    return {"Content-Security-Policy": _csp("'none'"), "Referrer-Policy": "no-referrer", **_PRIVATE}


def public_page() -> dict[str, str]:
    """Archive and issues: may be indexed; asked for again each time, since a new issue shows at once."""
    return {
        "Content-Security-Policy": _csp("'none'"),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cache-Control": NO_CACHE,
    }


def embedded_page() -> dict[str, str]:
    """What other sites may show inside their own pages: no script, nothing that tells who opened it."""
    headers = {"Referrer-Policy": "no-referrer", "Cache-Control": NO_CACHE, "X-Robots-Tag": "noindex"}
    return {"Content-Security-Policy": _csp("*").replace("script-src 'self'", "script-src 'none'"), **headers}


def framed_page() -> dict[str, str]:
    """A web version shown inside one of our own pages."""
    return {"Content-Security-Policy": _csp("'self'"), "Referrer-Policy": "same-origin", **_PRIVATE}


def framed_mail() -> dict[str, str]:
    """The HTML of a mail shown inside one of our own pages."""
    csp = _MAIL_CSP.format(images=_origin(get_settings()))
    return {"Content-Security-Policy": csp, "Referrer-Policy": "no-referrer", **_PRIVATE}


def framed_draft() -> dict[str, str]:
    """A draft's mail that the page around it keeps up to date, for which it must be of the same origin; no script."""
    headers = framed_mail()
    csp = headers["Content-Security-Policy"].replace("sandbox ", "sandbox allow-same-origin ")
    return {**headers, "Content-Security-Policy": csp}


def add_defaults(headers: MutableHeaders) -> None:
    """Add what a response left unsaid, and what every response carries."""
    said_how_to_cache = "Cache-Control" in headers
    for name, value in app_page().items():
        # What may be kept may also be indexed, unless the handler says otherwise.
        if name not in headers and not (name == "X-Robots-Tag" and said_how_to_cache):
            headers[name] = value
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if get_settings().resolved_base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _csp(ancestors: str) -> str:
    return _CSP.format(images=_origin(get_settings()), ancestors=ancestors)


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.resolved_base_url)
    return f"{parts.scheme}://{parts.netloc}"
