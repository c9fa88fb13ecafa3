"""The HTML of a mail inside one of our pages: sandboxed by its headers, its links opening in a tab of their own."""

import re
from html import escape

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'


_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


def dress_mail(html: str, *, dark: bool) -> str:
    """Return the mail as a light or a dark screen shows it, whatever the screen it is looked at on."""
    return _DARK.sub("all" if dark else "not all", html)


def frame_mail(html: str, **told: object) -> str:
    """Return the mail with links that leave the frame, which could not show another page.

    `told` is what the page around it reads out of the frame, as `<meta>` of the names.
    """
    added = _NEW_TAB + "".join(f'<meta name="{name}" content="{escape(str(value))}">' for name, value in told.items())
    match = _HEAD.search(html)
    if match is None:
        return added + html
    return html[: match.end()] + added + html[match.end() :]
