"""Likely slips in the domain of an address: a letter too many, too few, or changed places. Pure."""

# Where most private readers have their mailbox; a slip in any other domain is found by asking the DNS.
KNOWN = (
    "gmail.com", "hotmail.com", "hotmail.se", "outlook.com", "live.se", "live.com", "msn.com", "icloud.com", "me.com",
    "yahoo.com", "yahoo.se", "telia.com", "bredband.net", "comhem.se", "protonmail.com", "mail.com",
)  # fmt: skip
_SLIPS = {"gmail.se": "gmail.com", "gmail.con": "gmail.com", "outlook.se": ""}  # "" is a domain of its own


def suggest_address(address: str) -> str:
    """Return the address that was probably meant, or nothing when the domain looks right."""
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if domain in KNOWN:
        return ""
    meant = _SLIPS.get(domain)
    if meant is None:
        meant = next((one for one in KNOWN if len(one) > 6 and _is_one_slip_away(domain, one)), "")
    return f"{local}@{meant}" if meant else ""


def _is_one_slip_away(typed: str, meant: str) -> bool:
    """Tell whether one letter was added, left out, replaced, or changed places with the next (Damerau)."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    a, b = typed[at:], meant[at:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
