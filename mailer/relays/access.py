"""The access token of a relay that is signed in to by XOAUTH2; the engine asks for it before every connection."""

from pathlib import Path

from mailer.errors import RefusedError
from mailer.relays.address import RelayAddress


def read_access_token(relay: RelayAddress) -> str:
    """Return the token to present now; RefusedError when the file that should hold it cannot be read or is empty."""
    if not relay.token_file:
        return relay.password
    try:
        token = Path(relay.token_file).read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise RefusedError("The token file of {relay} cannot be read.", relay=relay.label) from error
    if not token:
        raise RefusedError("The token file of {relay} is empty.", relay=relay.label)
    return token
