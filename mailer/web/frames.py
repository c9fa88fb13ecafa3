"""The HTML of a mail inside one of our pages: sandboxed by its headers, its links opening in a tab of their own."""

import re

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'


def frame_mail(html: str) -> str:
    """Return the mail with links that leave the frame, which could not show another page."""
    match = _HEAD.search(html)
    if match is None:
        return _NEW_TAB + html
    return html[: match.end()] + _NEW_TAB + html[match.end() :]
