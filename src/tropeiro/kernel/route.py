"""The routing slip: a pinned document, its digest, and what it compiles to."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from tropeiro.kernel.document import compile_document
from tropeiro.kernel.packet import Route


def make_route(document: Any) -> Route:
    """The route of a pinned document. Raises `DocumentInvalid`."""
    return read_route(msgspec.json.encode(document))


def read_route(text: bytes) -> Route:
    """The route whose text this is. Raises `DocumentInvalid`."""
    workflow = compile_document(msgspec.json.decode(text), pinned=True)
    return Route(digest=sha256(text).hexdigest(), text=text, workflow=workflow)
