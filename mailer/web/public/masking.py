"""Addresses on pages that are opened by a link alone: links get forwarded, so only the owner may recognise theirs."""


def mask_address(address: str) -> str:
    """Return a•••@example.org: the first letter and the domain."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
