"""How a credential becomes part of a request."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from tropeiro.sdk import ServiceError

KINDS = {
    "bearer": ("token",),
    "basic": ("username", "password"),
    "header": ("name", "value"),
    "query": ("name", "value"),
}
"""Fields of a credential by its ``type``."""


class Secrets(NamedTuple):
    """What a credential adds to a request."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()


def read_secrets(credential: dict[str, Any] | None) -> Secrets:
    """What to send for a credential. Without ``type``, ``token`` means bearer and ``username`` means basic.

    Raises `ServiceError` ``credential_unusable``.
    """
    if credential is None:
        return Secrets()
    kind = credential.get("type") or (
        "bearer" if "token" in credential else "basic" if "username" in credential else ""
    )
    if kind not in KINDS:
        raise ServiceError(
            "credential_unusable", f"The credential's `type` is {kind!r}; http knows {', '.join(KINDS)}. Change it."
        )
    fields = [credential.get(name, "") for name in KINDS[kind]]
    missing = [name for name, value in zip(KINDS[kind], fields, strict=True) if not isinstance(value, str)]
    if missing or not fields[0]:
        raise ServiceError(
            "credential_unusable",
            f"A credential of type {kind} needs the text field `{(missing or KINDS[kind])[0]}`. Add it.",
        )
    if kind == "bearer":
        return Secrets(headers=(("authorization", f"Bearer {fields[0]}"),))
    if kind == "basic":
        pair = base64.b64encode(f"{fields[0]}:{fields[1]}".encode()).decode("ascii")
        return Secrets(headers=(("authorization", f"Basic {pair}"),))
    if kind == "header":
        return Secrets(headers=((fields[0], fields[1]),))
    return Secrets(query=((fields[0], fields[1]),))
