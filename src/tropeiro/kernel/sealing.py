"""Secrets at rest: *envelope encryption*.

Every organization has a data key of its own. The master keys (Fernet, newest first) wrap it; rotating a master key
means wrapping a few data keys again and leaves every secret as it is. A credential's fields are sealed one by one with
AES-256-GCM (NIST SP 800-38D); organization, credential and field are the associated data, so that a sealed value that
was moved to another row or another field does not open.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.kernel.wording import says

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(PlatformUnavailable):
    """A secret cannot be opened with the keys at hand."""

    code = "seal_broken"


def new_data_key() -> bytes:
    """A fresh data key for one organization: 32 random bytes."""
    return os.urandom(KEY_BYTES)


def wrap(data_key: bytes, master_keys: Sequence[str]) -> bytes:
    """A data key as it may be stored: encrypted under the first of ``master_keys``."""
    return _fernet(master_keys).encrypt(data_key)


def unwrap(wrapped: bytes, master_keys: Sequence[str]) -> bytes:
    """The data key that `wrap` wrapped under any of ``master_keys``. Raises `SealBroken`."""
    try:
        return _fernet(master_keys).decrypt(wrapped)
    except InvalidToken:
        raise SealBroken(
            says("The organization's data key was wrapped under a master key that is not at hand"),
            hint=says(
                "Add the earlier key at the end of TROPEIRO_MASTER_KEYS, or restore secrets/master_key from a backup."
            ),
        ) from None


def seal_fields(
    master_keys: Sequence[str], wrapped: bytes, fields: Mapping[str, Any], organization: UUID, credential: UUID
) -> bytes:
    """``fields`` (plain JSON values by name) as a credential's row holds them; ``wrapped`` is the data key's wrapping.

    The result is a JSON object: base64 of nonce and ciphertext by field name. Names are not secret.
    """
    cipher = AESGCM(unwrap(wrapped, master_keys))
    sealed: dict[str, str] = {}
    for name, value in fields.items():
        nonce = os.urandom(NONCE_BYTES)
        box = cipher.encrypt(nonce, msgspec.json.encode(value), _bound_to(organization, credential, name))
        sealed[name] = base64.b64encode(nonce + box).decode()
    return msgspec.json.encode(sealed)


def open_fields(
    master_keys: Sequence[str], wrapped: bytes, sealed: bytes, organization: UUID, credential: UUID
) -> dict[str, Any]:
    """The fields that `seal_fields` sealed for this credential of this organization. Raises `SealBroken`."""
    cipher = AESGCM(unwrap(wrapped, master_keys))
    fields: dict[str, Any] = {}
    for name, text in msgspec.json.decode(sealed, type=dict[str, str]).items():
        box = base64.b64decode(text)
        try:
            plain = cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound_to(organization, credential, name))
        except InvalidTag:
            raise SealBroken(
                says(
                    "Field `{name}` of credential {credential} does not open: it was changed, moved, or "
                    "sealed elsewhere",
                    name=name,
                    credential=credential,
                ),
                hint=says("Set the credential again."),
            ) from None
        fields[name] = msgspec.json.decode(plain)
    return fields


def _fernet(master_keys: Sequence[str]) -> MultiFernet:
    if not master_keys:
        raise SealBroken(
            says("There is no master key, so no secret can be sealed or opened"),
            hint=says("Set TROPEIRO_MASTER_KEYS, or let the data folder make one."),
        )
    return MultiFernet([Fernet(key) for key in master_keys])


def _bound_to(organization: UUID, credential: UUID, field: str) -> bytes:
    return f"{organization}/{credential}/{field}".encode()
