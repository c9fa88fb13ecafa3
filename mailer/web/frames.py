"""The HTML of a mail inside one of our pages: sandboxed by its headers, its links opening in a tab of their own."""

import re

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'


_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


def dress_mail(html: str, *, dark: bool) -> str:
    """Return the mail as a light or a dark screen shows it, whatever the screen it is looked at on."""
    return _DARK.sub("all" if dark else "not all", html)


def frame_mail(html: str) -> str:
    """Return the mail with links that leave the frame, which could not show another page."""
    match = _HEAD.search(html)
    if match is None:
        return _NEW_TAB + html
    return html[: match.end()] + _NEW_TAB + html[match.end() :]
