"""The OpenAPI document (3.1) of version 1."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from tropeiro.web.api.operations import ROOT, api
from tropeiro.web.api.problems import TYPE


@cache
def openapi() -> bytes:
    """The document as JSON, made once."""
    document: dict[str, Any] = api.get_openapi_schema(path_prefix=ROOT)
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                # The library knows one media type for all answers; a problem has its own.
                if int(status) >= 400 and "content" in answer:
                    answer["content"] = {TYPE: answer["content"]["application/json"]}
    return msgspec.json.encode(document, enc_hook=str)
