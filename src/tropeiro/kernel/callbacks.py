"""The token in a callback URL: it says which packet an answer from outside belongs to, and that we gave it out.

Its form is ``<packet>.<token>.<mac>``: the packet's id as 32 hexadecimal digits, its fencing token in decimal, and 32
bytes of HMAC-SHA-256 over both, base64url without padding. The fencing token makes a callback of an earlier attempt
worthless once the packet was taken again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from uuid import UUID

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.wording import says

_PURPOSE = b"tropeiro callback 1:"
_TOKEN = re.compile(r"([0-9a-f]{32})\.(0|[1-9][0-9]{0,18})\.([A-Za-z0-9_-]{43})")
_LEAST_KEY = 16


def make_callback_token(key: bytes, packet: UUID, token: int) -> str:
    """The token for ``packet`` as leased under the fencing ``token``, safe in a URL's path.

    ``key`` is the server's own secret, 16 bytes or more. Raises `ValueError` for a shorter key or a negative token.
    """
    if token < 0:
        raise ValueError("a fencing token is not negative")
    claim = f"{packet.hex}.{token}"
    return f"{claim}.{_mac(key, claim)}"


def read_callback_token(key: bytes, text: str) -> tuple[UUID, int]:
    """Packet and fencing token of a token that was made with ``key``. Raises `InvalidInput`, alike for every fault."""
    found = _TOKEN.fullmatch(text)
    if found is not None:
        packet, token, mac = found.groups()
        if hmac.compare_digest(mac, _mac(key, f"{packet}.{token}")):
            return UUID(hex=packet), int(token)
    raise InvalidInput(
        says("This callback address is not valid."), hint=says("Use `callback_url` exactly as it came in the request.")
    )


def _mac(key: bytes, claim: str) -> str:
    if len(key) < _LEAST_KEY:
        raise ValueError(f"the key has {len(key)} bytes, {_LEAST_KEY} are the least")
    digest = hmac.new(key, _PURPOSE + claim.encode("ascii"), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
