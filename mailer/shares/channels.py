"""Through what somebody came: `?via=` in a shared link. Pure.

The values say how a link travelled, and never who passed it on.
"""

import re

MAIL, LINK, APP, QR, TIP = "mail", "link", "app", "qr", "tip"
CHANNELS = (MAIL, LINK, APP, QR, TIP)
_PARTNER = "p-"
CODE = re.compile(r"[a-z0-9]{2,24}")


def read_via(text: str) -> str:
    """Return a channel that we made; nothing for anything else."""
    if text in CHANNELS or (text.startswith(_PARTNER) and CODE.fullmatch(text.removeprefix(_PARTNER))):
        return text
    return ""


def partner_via(code: str) -> str:
    return _PARTNER + code


def partner_code(via: str) -> str:
    return via.removeprefix(_PARTNER)


def with_via(link: str, via: str) -> str:
    """Return the address of an issue with the channel it will travel through."""
    return f"{link}?via={via}"
