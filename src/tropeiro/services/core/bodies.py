"""What the service ``http`` sends, and how it reads what comes back."""

from __future__ import annotations

import base64
import binascii
import re
from importlib import import_module
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from tropeiro.ports.network import HttpResponse
from tropeiro.sdk import ServiceError

Encoding = Literal["json", "text", "base64", "none"]
Scalar = str | int | float | bool | None
Pairs = dict[str, Scalar | list[Scalar]]

_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_TEXT = re.compile(r"text/|application/(.*\+)?(xml|javascript|x-www-form-urlencoded|yaml|x-ndjson|graphql)\b")
_JSON = re.compile(r"(application|text)/(.*\+)?json\b")


class Part(BaseModel):
    """One part of a multipart body: `text` or `base64`."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(description="Name of the form field.")]
    text: Annotated[str | None, Field(description="Its content as text.")] = None
    base64: Annotated[str | None, Field(description="Its content as base64.")] = None
    filename: Annotated[str | None, Field(description="Makes it a file.")] = None
    content_type: Annotated[str | None, Field(description="Media type of a file.")] = None


class Body(NamedTuple):
    """A body and its media type."""

    content: bytes = b""
    content_type: str = ""


def encode_body(
    json: Any, form: Pairs | None, multipart: list[Part] | None, text: str | None, binary: str | None
) -> Body:
    """The body of a request. Raises `ServiceError` when two are given, or base64 cannot be read."""
    given = {"json": json, "form": form, "multipart": multipart, "body": text, "body_base64": binary}
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise ServiceError("invalid_inputs", f"A request has one body; `{'` and `'.join(names)}` are given. Keep one.")
    if json is not None:
        return Body(msgspec.json.encode(json), "application/json")
    if form is not None:
        return Body(urlencode(pairs(form)).encode("ascii"), "application/x-www-form-urlencoded")
    if multipart is not None:
        return _multipart(multipart)
    if text is not None:
        return Body(text.encode(), "text/plain; charset=utf-8")
    if binary is not None:
        return Body(_from_base64(binary, "body_base64"), "application/octet-stream")
    return Body()


def pairs(values: Pairs) -> list[tuple[str, str]]:
    """Names and values as a query or a form writes them; null is left out, a list repeats its name."""
    return [
        (name, _scalar(one))
        for name, value in values.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]


def with_query(url: str, values: list[tuple[str, str]]) -> str:
    """``url`` with ``values`` added to its query; its fragment is dropped."""
    whole = url.partition("#")[0]
    if not values:
        return whole
    joint = "" if whole.endswith(("?", "&")) else "&" if "?" in whole else "?"
    return f"{whole}{joint}{urlencode(values)}"


def decode_body(response: HttpResponse) -> tuple[Any, Encoding]:
    """The body and what it is: ``json``, ``text``, ``base64``, or ``none`` when it is empty.

    A body that says it is JSON or text and is not comes as what it is.
    """
    if not response.body:
        return None, "none"
    content_type = response.header("content-type").lower()
    if _JSON.match(content_type) or not content_type:
        try:
            return msgspec.json.decode(response.body), "json"
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass  # it is not JSON; text or bytes, then
    charset = _CHARSET.search(content_type)
    if charset or _TEXT.match(content_type) or _JSON.match(content_type) or not content_type:
        try:
            text = response.body.decode(charset[1] if charset else "utf-8")
        except (UnicodeDecodeError, LookupError):
            text = "\0"
        if "\0" not in text:  # PostgreSQL's text and many a program cannot hold it
            return text, "text"
    return base64.b64encode(response.body).decode("ascii"), "base64"


def _multipart(parts: list[Part]) -> Body:
    fields: list[tuple[str, tuple[str | None, bytes] | tuple[str | None, bytes, str]]] = []
    for place, part in enumerate(parts):
        if (part.text is None) == (part.base64 is None):
            raise ServiceError("invalid_inputs", f"multipart[{place}] needs either `text` or `base64`.")
        content = (
            part.text.encode()
            if part.text is not None
            else _from_base64(part.base64 or "", f"multipart[{place}].base64")
        )
        kind = (part.content_type,) if part.content_type else ()
        if any(re.search(r"[\r\n\0]", text) for text in (part.name, part.filename or "", *kind)):
            raise ServiceError("invalid_inputs", f"multipart[{place}] has a line break in its name or type.")
        fields.append((part.name, (part.filename, content, *kind)))
    # By name: it is loaded with the first request, see `executors.late_client`.
    request = import_module("httpx").Request("POST", "http://body.invalid", files=fields)
    return Body(request.read(), request.headers["content-type"])


def _from_base64(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ServiceError("invalid_inputs", f"`{where}` is not base64.") from None


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
