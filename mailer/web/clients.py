"""Where a request comes from, as limits count it: the network, not the one address of which an attacker has many."""

import ipaddress

from fastapi import Request

UNKNOWN = "unknown"


def client_network(request: Request) -> str:
    """Return the /24 (IPv4) or /64 (IPv6) the request comes from; uvicorn has put the proxy's word in, if it may."""
    if request.client is None:
        return UNKNOWN
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return UNKNOWN
    prefix = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, prefix), strict=False))
