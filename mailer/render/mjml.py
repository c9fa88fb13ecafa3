"""MJML → mail HTML. Only our own templates write MJML; the guards and corrections make up for the Rust renderer.

Facts about it stand in docs and tests: a unitless 0 in a padding is ignored in its arithmetic, a web-font link is added
unless `fonts={}`, deep nesting ends the process, and nothing is validated.
"""

import re

from mjml import mjml2html

from mailer.errors import RefusedError
from mailer.i18n import mark

MAX_BYTES = 1_000_000
MAX_DEPTH = 100

_PADDING = re.compile(r'(padding[a-z-]*=")([^"]*)"')
_UNITLESS_ZERO = re.compile(r"(?<![\w.#])0(?![\w.%])")
_BETWEEN_TAGS = re.compile(r">\s*\n\s*<")
_INDENT = re.compile(r"\n\s*")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)[^>]*?(/?)>")
_VOID = frozenset({"br", "img", "hr", "meta", "wbr"})
# Attributes it writes that HTML does not know, and a target that readers cannot choose themselves.
_SUPERFLUOUS = re.compile(r' (?:vertical-align="middle"|target="_blank"|height="auto")(?=[ />])')
# The hidden preview is white; spam filters count text in the colour of its ground.
_PREVIEW_COLOUR = ("font-size:1px;color:#ffffff;", "font-size:1px;color:#4a5a63;")


TOO_LONG = mark("The mail is too long to be made. Shorten the issue, or link to the longer texts.")
UNUSABLE = mark("The mail cannot be made of these blocks.")


class MjmlError(RefusedError):
    """The MJML is too large; or too deep or not well formed, which is a fault of ours. its note tells more."""

    def __init__(self, msgid: str, fault: str) -> None:
        super().__init__(msgid)
        self.add_note(fault)


def render_mjml(source: str, *, keep_comments: bool = False) -> str:
    """Return the mail HTML of an MJML document. Our own comments are dropped unless `keep_comments`."""
    if len(source.encode()) > MAX_BYTES:
        raise MjmlError(TOO_LONG, f"the mail is larger than {MAX_BYTES} bytes before it is rendered")
    if measure_depth(source) > MAX_DEPTH:
        raise MjmlError(UNUSABLE, f"the mail is nested more than {MAX_DEPTH} deep")
    try:
        html: str = mjml2html(normalise(source), fonts={}, disable_comments=not keep_comments)
    except ValueError as error:
        raise MjmlError(UNUSABLE, str(error)) from error
    return _SUPERFLUOUS.sub("", html).replace(*_PREVIEW_COLOUR, 1)


def normalise(source: str) -> str:
    """Drop the templates' indents; give every zero in a padding its unit, or the renderer ignores the padding."""
    source = _INDENT.sub(" ", _BETWEEN_TAGS.sub("><", source))
    return _PADDING.sub(lambda match: match[1] + _UNITLESS_ZERO.sub("0px", match[2]) + '"', source)


def measure_depth(source: str) -> int:
    """Return how deep the elements are nested, in one pass without recursion."""
    depth = deepest = 0
    for closing, name, empty in _TAG.findall(source):
        if closing:
            depth -= 1
        elif not empty and name.lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest
