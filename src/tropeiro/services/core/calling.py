"""The service ``http``."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from tropeiro.kernel.retry_after import read_retry_after
from tropeiro.ports.network import REPEATABLE_METHODS, HttpLimits, HttpResponse, RequestError, http_client
from tropeiro.sdk import Context, RetryLater, RetryPolicy, ServiceError, service
from tropeiro.services.core.bodies import Body, Encoding, Pairs, Part, decode_body, encode_body, pairs, with_query
from tropeiro.services.core.credentials import Secrets, read_secrets
from tropeiro.services.core.example import EXAMPLE_SITE, Example, Served
from tropeiro.services.core.paging import Page, Paging

MAX_RESPONSE = 16_000_000
MAX_PAGED_BYTES = 16_000_000
EXCERPT = 1_000

_RANGE = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")
_RETRYABLE = frozenset({408, 425, 500, 502, 503, 504})
_LATER = frozenset({429, 503})
_PATIENCE = 30.0
"""Seconds that a walk through pages pauses on its own, rather than start again from the first page."""


class Answer(TypedDict):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any
    encoding: Encoding
    pages: NotRequired[int]
    complete: NotRequired[bool]


class _Request(NamedTuple):
    """What stays the same from page to page."""

    method: str
    headers: list[tuple[str, str]]
    content: bytes
    query: list[tuple[str, str]]
    secrets: Secrets
    expected: list[tuple[int, int]]
    repeatable: bool
    limits: HttpLimits


@service(
    title="Call an HTTP API",
    public=True,
    timeout="10m",
    retries=RetryPolicy(attempts=4, delay_ms=1_000, max_delay_ms=60_000),
    credential="http",
)
async def http(
    context: Context,
    url: Annotated[str, Field(max_length=8_000, description="Where to: http or https, without secrets.")],
    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], Field(description="What to do there.")
    ] = "GET",
    query: Annotated[
        Pairs | None, Field(description="Added to the URL's query; a list repeats its name, null is left out.")
    ] = None,
    headers: Annotated[dict[str, str] | None, Field(max_length=100, description="Headers to send.")] = None,
    json: Annotated[Any, Field(description="The body as JSON.")] = None,
    form: Annotated[Pairs | None, Field(description="The body as a form (URL-encoded).")] = None,
    multipart: Annotated[
        list[Part] | None, Field(max_length=200, description="The body as a form with files (multipart).")
    ] = None,
    body: Annotated[str | None, Field(description="The body as text.")] = None,
    body_base64: Annotated[str | None, Field(description="The body as bytes, in base64.")] = None,
    expect: Annotated[
        list[int | str],
        Field(max_length=50, description="Statuses that are a success: numbers, or ranges like `200-299`."),
    ] = ["200-299"],  # noqa: B006 -- pydantic copies it
    redirects: Annotated[bool, Field(description="Whether redirects are followed, at most five.")] = True,
    idempotency_key: Annotated[
        bool,
        Field(description="Sends the step's key as `Idempotency-Key`, the same at every try; for POST and PATCH."),
    ] = False,
    max_bytes: Annotated[int, Field(ge=1, le=MAX_RESPONSE, description="Largest answer, for each page.")] = 10_000_000,
    paging: Annotated[Paging | None, Field(description="Reads page after page and gives all items.")] = None,
) -> Answer:
    """Makes an HTTP request and gives back `status`, `headers` (names in lower case), `body` and `encoding`.

    `body` is the parsed JSON when the answer is JSON (`encoding` is `json`), text when it is text (`text`), else
    base64 (`base64`), and null when it is empty (`none`). With `paging` it is the list of all items, `pages` says how
    many pages were read, and `complete` whether there were no more; status and headers are those of the last page.

    Another status than `expect` says is the error `http_status`, with the status and the beginning of the body in its
    details. 429 and 503 are tried again, no sooner than `Retry-After` says; 408, 425, 500, 502, 504 and lost
    connections too, when a second request does no harm: with GET, HEAD, OPTIONS, PUT, DELETE, or an idempotency key
    that the other side honours.

    A credential of type `bearer` (`token`), `basic` (`username`, `password`), `header` (`name`, `value`) or `query`
    (`name`, `value`) is added to the request, and to no other server that the first one redirects to. Only public
    addresses can be called, and those that the operator allowed.
    """
    encoded = encode_body(json, form, multipart, body, body_base64)
    request = _Request(
        method=method,
        headers=_headers(headers or {}, encoded, context.idempotency_key if idempotency_key else ""),
        content=encoded.content,
        query=pairs(query or {}),
        secrets=read_secrets(context.credential),
        expected=[_range(text) for text in expect],
        repeatable=method in REPEATABLE_METHODS or idempotency_key,
        limits=HttpLimits(
            response_bytes=max_bytes, redirects=5 if redirects else 0, total=context.remaining() or 0.001
        ),
    )
    if paging is not None:
        return await _all_pages(context, request, url, paging)
    response = await _send(request, with_query(url, request.query))
    content, encoding = decode_body(response)
    return Answer(status=response.status, headers=_joined(response), body=content, encoding=encoding)


async def _send(request: _Request, url: str) -> HttpResponse:
    own = {name.lower() for name, _ in request.secrets.headers}
    headers = [pair for pair in request.headers if pair[0].lower() not in own]
    try:
        response = await http_client().request(
            request.method,
            with_query(url, list(request.secrets.query)),
            headers=[*headers, *request.secrets.headers],
            content=request.content,
            limits=request.limits,
        )
    except RequestError as error:
        error.retryable = error.retryable or (
            request.repeatable and error.code in ("timeout", "connection_lost", "response_broken")
        )
        raise
    if not any(low <= response.status <= high for low, high in request.expected):
        raise _unexpected(request, response)
    return response


def _unexpected(request: _Request, response: HttpResponse) -> ServiceError:
    _, encoding = decode_body(response)
    excerpt = response.body[: EXCERPT * 4].decode("utf-8", "replace")[:EXCERPT] if encoding != "base64" else ""
    shown = f": {excerpt[:200]}" if excerpt else ""
    code, message = "http_status", f"The server answered {response.status}{shown}"
    details = {"status": response.status, "body": excerpt}
    if response.status in _LATER:
        wait = read_retry_after(response.header("retry-after"), datetime.now(UTC))
        if wait is not None:
            return RetryLater(wait / 1_000, code, message, details=details)
        return ServiceError(code, message, retryable=True, details=details)
    retryable = request.repeatable and response.status in _RETRYABLE
    return ServiceError(code, message, retryable=retryable, details=details)


async def _all_pages(context: Context, request: _Request, url: str, paging: Paging) -> Answer:
    page = Page(paging, url)
    items: list[Any] = []
    size = pages = 0
    while True:
        own = page.query
        kept = [] if page.moved else [pair for pair in request.query if pair[0] not in own]
        response = await _patiently(context, request, with_query(page.url, [*kept, *own.items()]))
        content, _ = decode_body(response)
        found = page.items(content)
        items += found
        pages += 1
        size += len(response.body)
        if size > MAX_PAGED_BYTES:
            raise ServiceError(
                "response_too_large", f"The pages are larger than {MAX_PAGED_BYTES} bytes together. Ask for fewer."
            )
        more = page.advance(response, content, len(found))
        if not more or pages >= paging.max_pages or len(items) >= paging.max_items:
            break
        context.progress(pages / paging.max_pages, f"{pages} pages, {len(items)} items")
    complete = not more and len(items) <= paging.max_items
    if not complete:
        context.log.warning("there are more items than were read", pages=pages, items=len(items))
    return Answer(
        status=response.status,
        headers=_joined(response),
        body=items[: paging.max_items],
        encoding="json",
        pages=pages,
        complete=complete,
    )


async def _patiently(context: Context, request: _Request, url: str) -> HttpResponse:
    """One page. A short wait that the server asks for is waited here; what was read so far would be lost otherwise."""
    for _ in range(10):
        try:
            return await _send(request, url)
        except RetryLater as later:
            seconds = later.after_ms / 1_000
            if seconds > min(_PATIENCE, context.remaining() / 2):
                raise
            context.log.info("the server asks to wait", seconds=seconds)
            await asyncio.sleep(seconds)
    return await _send(request, url)


def _headers(given: dict[str, str], body: Body, key: str) -> list[tuple[str, str]]:
    names = {name.lower() for name in given}
    added = [("content-type", body.content_type)] if body.content_type and "content-type" not in names else []
    if key and "idempotency-key" not in names:
        added.append(("idempotency-key", key))
    return [*given.items(), *added]


def _joined(response: HttpResponse) -> dict[str, str]:
    return {name: response.header(name) for name, _ in response.headers}


def _range(text: int | str) -> tuple[int, int]:
    found = _RANGE.fullmatch(str(text))
    if found is None:
        raise ServiceError("invalid_inputs", f"`expect` has {str(text)[:40]!r}. Write a status, or a range: 200-299.")
    return int(found[1]), int(found[2] or found[1])


EXAMPLES = (
    Example(
        "http",
        "Read all pages of a list",
        {
            "url": f"{EXAMPLE_SITE}/orders",
            "query": {"status": "paid"},
            "paging": {"kind": "cursor", "items": "data", "next": "meta.next", "param": "after"},
        },
        {
            "status": 200,
            "headers": {"content-type": "application/json", "content-length": "46"},
            "body": [{"id": 1}, {"id": 2}],
            "encoding": "json",
            "pages": 2,
            "complete": True,
        },
        credential={"type": "bearer", "token": "a-token-of-yours"},
        site=(
            Served("/orders", {"data": [{"id": 1}], "meta": {"next": "p2"}}),
            Served("/orders", {"data": [{"id": 2}], "meta": {"next": None}}),
        ),
    ),
    Example(
        "http",
        "Send JSON, once",
        {
            "method": "POST",
            "url": f"{EXAMPLE_SITE}/orders",
            "json": {"product": "salt", "quantity": 3},
            "idempotency_key": True,
            "expect": [201],
        },
        {
            "status": 201,
            "headers": {"content-type": "application/json", "content-length": "9"},
            "body": {"id": 7},
            "encoding": "json",
        },
        site=(Served("/orders", {"id": 7}, 201),),
    ),
)
