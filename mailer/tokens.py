"""Random ids, signed purpose-bound links, address tags (VERP) and sealed secrets; the only user of secrets and hmac.

A signed token is `payload + MAC`, base64url without padding: the payload is whole numbers as LEB128 varints, the MAC
16 octets of keyed BLAKE2b with the purpose as personalisation. A token of one purpose is therefore worth nothing for
another, a database dump alone cannot make one, and nothing needs to be stored per link.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from binascii import b2a_base64
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from mailer.config import get_settings
from mailer.errors import NotFoundError

Purpose = Literal[
    "leave",
    "manage",
    "answer",
    "bounce",  # in every mail of an issue
    "confirm",
    "own",
    "address",
    "undo",
    "read",
    "block",
    "notice",  # in the service's own mail, some with their time
    "form",
    "proof",
    "sign_in",
    "invite",
    "setup",  # for members
]

MAC_BYTES = 16
# RFC 5321 §4.5.3.1.1: a local part has at most 64 octets, and some servers fold its case. The first ten octets of the
# MAC in hex leave room for the ids; given up is a 2^-80 chance of a forged bounce or leave, each for one reader.
TAG_MAC_BYTES = 10
_TO_URL = bytes.maketrans(b"+/", b"-_")  # RFC 4648 §5


def random_secret() -> str:
    """Return 256 random bits as text for links and cookies."""
    return secrets.token_urlsafe(32)


def random_number() -> int:
    """Return an unguessable number for a signed token: who reads it in the database still cannot make the token."""
    return secrets.randbits(62)


def random_nonce() -> str:
    """Return 16 hex characters, unguessable by whoever writes the text they are placed in."""
    return secrets.token_hex(8)


def derive_key(purpose: Purpose) -> bytes:
    """Return a key (32 bytes) for a library that signs by itself, of no use for any other purpose."""
    return _mac(b"", purpose, 32)


def hash_secret(secret: str) -> bytes:
    """Return the keyed hash under which a random secret is stored (32 bytes)."""
    return _mac(secret.encode(), "secret", 32)


def hash_address(address_key: str) -> bytes:
    """Return the keyed hash of a normalised address (16 bytes), equal for equal addresses, useless without the key."""
    return _mac(address_key.encode(), "address", 16, key=_keys()[-1])


def hash_voter(subscriber_id: int, issue_id: int, block: str) -> bytes:
    """Return the keyed hash under which a reader's answer to a poll is kept (16 bytes), another one for each poll."""
    return _mac(pack(subscriber_id, issue_id) + block.encode(), "voter", 16, key=_keys()[-1])


def is_same_secret(given: str, secret: str) -> bool:
    """Compare without telling by the time it takes how much of it was right."""
    return hmac.compare_digest(given.encode(), secret.encode())


def pack(*numbers: int) -> bytes:
    """Return numbers (each ≥ 0) as octets: the payload of tokens and tags, made once for all that hold the same."""
    return b"".join(map(pack_one, numbers))


def pack_one(number: int) -> bytes:
    """Return a number as LEB128; `pack` joins these. The usual lengths are spelt out: every mail holds a handful."""
    if number < 0x80:
        return bytes((number,))
    if number < 0x4000:
        return bytes((number & 0x7F | 0x80, number >> 7))
    return bytes((number & 0x7F | 0x80, number >> 7 & 0x7F | 0x80)) + pack_one(number >> 14)


def sign(purpose: Purpose, *numbers: int) -> str:
    """Return a URL-safe token that holds `numbers` (each ≥ 0) for one purpose."""
    payload = pack(*numbers)
    return as_token(payload, make_mac(purpose)(payload))


def make_mac(purpose: Purpose) -> Callable[[bytes], bytes]:
    """Return the function from packed numbers to the MAC of their token and tag, for whoever makes thousands."""
    keyed = _keyed(purpose, MAC_BYTES)

    def mac_of(payload: bytes) -> bytes:
        mac = keyed.copy()
        mac.update(payload)
        return mac.digest()

    return mac_of


def as_token(payload: bytes, mac: bytes) -> str:
    """Return packed numbers and their MAC as `sign` does."""
    return b2a_base64(payload + mac, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def as_tag(payload: bytes, mac: bytes) -> str:
    """Return packed numbers and their MAC as `tag` does."""
    return (payload + mac[:TAG_MAC_BYTES]).hex()


def read_signed(purpose: Purpose, token: str, count: int) -> tuple[int, ...]:
    """Return the `count` numbers of a token; NotFoundError when it is not ours, whatever is wrong with it."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFoundError("unknown link") from None
    # Only one spelling of a token counts: base64's spare bits must not make a second one.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise NotFoundError("unknown link")
    return _open(raw, purpose, MAC_BYTES, count)


def minutes_of(moment: datetime) -> int:
    """Return a moment as whole minutes since 1970, as tokens hold it that are not to live for ever."""
    return int(moment.timestamp()) // 60


def is_older(minutes: int, age: timedelta, now: datetime) -> bool:
    """Tell whether a token's `minutes` are further back than `age`; what lies ahead of us counts as too old, too."""
    return not minutes_of(now - age) <= minutes <= minutes_of(now) + 1


def tag(purpose: Purpose, *numbers: int) -> str:
    """Return a tag for the local part of an address: lower-case hex, at most 50 octets for a 64-bit and a 32-bit id."""
    payload = pack(*numbers)
    return as_tag(payload, make_mac(purpose)(payload))


def read_tag(purpose: Purpose, text: str, count: int) -> tuple[int, ...]:
    """Return the numbers of a tag in any case; NotFoundError when it is not ours."""
    try:
        raw = binascii.unhexlify(text)
    except ValueError:
        raise NotFoundError("unknown address tag") from None
    return _open(raw, purpose, TAG_MAC_BYTES, count)


def seal(text: str) -> bytes:
    """Encrypt a secret that must be used again, such as a relay's password."""
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Return what `seal` hid; NotFoundError when the key is another one by now."""
    try:
        return _fernet().decrypt(sealed).decode()
    except InvalidToken:
        raise NotFoundError(
            "a stored secret cannot be read: MAILER_SECRET_KEY is not the one it was sealed with"
        ) from None


@lru_cache(maxsize=1)
def _keys() -> tuple[bytes, ...]:
    """Return the key and all former ones, the first one ever last.

    What the one before signed still opens. The first goes on hashing addresses: where nobody may be mailed they are
    known by that hash alone.
    """
    settings = get_settings()
    former = [one.strip().encode() for one in settings.former_secret_keys.split(",") if one.strip()]
    # BLAKE2b takes keys up to 64 octets; hashing lets the operator choose any length.
    return tuple(hashlib.blake2b(one, digest_size=32).digest() for one in (settings.resolved_secret_key, *former))


@lru_cache(maxsize=1)
def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_mac(b"", "seal", 32, key=key))) for key in _keys()])


@lru_cache(maxsize=32)
def _keyed(purpose: str, size: int, key: bytes | None = None) -> hashlib.blake2b:
    return hashlib.blake2b(key=key or _keys()[0], person=purpose.encode(), digest_size=size)


def _mac(payload: bytes, purpose: str, size: int, key: bytes | None = None) -> bytes:
    mac = _keyed(purpose, size, key).copy()
    mac.update(payload)
    return mac.digest()


def _open(raw: bytes, purpose: str, mac_bytes: int, count: int) -> tuple[int, ...]:
    payload, mac = raw[:-mac_bytes], raw[-mac_bytes:]
    expected = [_mac(payload, purpose, MAC_BYTES, key)[:mac_bytes] for key in _keys()[:2]]
    if not any([hmac.compare_digest(mac, one) for one in expected]):  # noqa: C419 - the same work whichever it is
        raise NotFoundError("unknown link")
    numbers = _unpack(payload)
    if len(numbers) != count:
        raise NotFoundError("unknown link")
    return numbers


def _unpack(payload: bytes) -> tuple[int, ...]:
    numbers, value, shift = [], 0, 0
    for octet in payload:
        value |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            numbers.append(value)
            value, shift = 0, 0
    return tuple(numbers)
