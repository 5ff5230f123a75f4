"""``@service``: from a Python function to a `ServiceDefinition`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from types import FunctionType
from typing import Any, NoReturn, TypeVar, overload

from tropeiro.kernel.durations import MAX_DURATION_MS, parse_duration
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.service_ref import SERVICE_NAME
from tropeiro.sdk.definition import ATTRIBUTE, ServiceDefinition
from tropeiro.sdk.errors import DeclarationError
from tropeiro.sdk.signature import read_signature

_Function = TypeVar("_Function", bound=Callable[..., Any])
_NAME = re.compile(SERVICE_NAME)
_MAX_VERSION = 999_999_999


@overload
def service(function: _Function, /) -> _Function: ...


@overload
def service(
    *,
    name: str | None = ...,
    version: int = ...,
    title: str | None = ...,
    description: str | None = ...,
    timeout: str | float | timedelta = ...,
    retries: int | RetryPolicy = ...,
    idempotent: bool = ...,
    pure: bool = ...,
    public: bool = ...,
    credential: str | None = ...,
    tags: Iterable[str] = ...,
) -> Callable[[_Function], _Function]: ...


def service(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    version: int = 1,
    title: str | None = None,
    description: str | None = None,
    timeout: str | float | timedelta = "5m",
    retries: int | RetryPolicy = 0,
    idempotent: bool = True,
    pure: bool = False,
    public: bool = False,
    credential: str | None = None,
    tags: Iterable[str] = (),
) -> Any:
    """Declare a function as a service. The function itself stays as it is, and can be called directly.

    ``name``: the function's name when not given. ``version``: raise it when callers would have to change.
    ``title``, ``description``: for people; the description is the docstring when not given. ``timeout``: of one try,
    as a duration (``"30s"``), seconds or a `timedelta`. ``retries``: further tries after a retryable failure with the
    default backoff, or a `RetryPolicy`. ``idempotent``: whether a repeated call with the same idempotency key does
    no harm. ``pure``: whether the output depends on the inputs alone. ``public``: offered in the catalogue.
    ``credential``: type of the credential it needs, for its documentation. ``tags``: words to find it by.

    Raises `DeclarationError`, which names file and line, when the function cannot be a service.
    """
    frame = inspect.currentframe()
    caller = frame.f_back if frame is not None else None
    names = dict(caller.f_locals) if caller is not None else {}

    def declare(target: Callable[..., Any]) -> Callable[..., Any]:
        where, called = _where(target), getattr(target, "__name__", repr(target))

        def refuse(message: str, hint: str = "") -> NoReturn:
            raise DeclarationError(where, called, message, hint=hint)

        if not isinstance(target, FunctionType):
            refuse("only a function can be a service.", "Decorate a `def` or an `async def`.")
        if inspect.isgeneratorfunction(target) or inspect.isasyncgenfunction(target):
            refuse("it yields.", "A service answers once: return a list instead.")
        chosen = called if name is None else name
        if not isinstance(chosen, str) or not _NAME.fullmatch(chosen):
            refuse(
                f"`{chosen}` cannot be a service's name.",
                'Start with a small letter; then at most 63 small letters, digits, "-" and "_": @service(name="…").',
            )
        if type(version) is not int or not 1 <= version <= _MAX_VERSION:
            refuse(f"version {version!r} is not a whole number from 1.", "Write @service(version=2).")
        if pure and not idempotent:
            refuse("pure=True and idempotent=False contradict each other.", "A pure service has no effects to repeat.")
        read = read_signature(target, names, refuse)
        text = inspect.getdoc(target) if description is None else inspect.cleandoc(description)
        definition = ServiceDefinition(
            name=chosen,
            version=version,
            title=title or re.sub(r"[-_]+", " ", chosen).strip().capitalize(),
            description=text or "",
            input_schema=read.input_schema,
            output_schema=read.output_schema,
            timeout_ms=_milliseconds(timeout, refuse),
            retry=_retry(retries, refuse),
            idempotent=idempotent,
            pure=pure,
            public=public,
            blocking=not inspect.iscoroutinefunction(target),
            credential=credential,
            tags=_tags(tags, refuse),
            function=target,
            where=where,
            parameters=read.parameters,
            returns=read.returns,
        )
        setattr(target, ATTRIBUTE, definition)
        return target

    return declare if function is None else declare(function)


_Refuse = Callable[[str, str], NoReturn]


def _where(target: Any) -> str:
    code = getattr(target, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else "(no source)"


def _milliseconds(timeout: Any, refuse: _Refuse) -> int:
    hint = 'Write a duration such as timeout="30s", or a number of seconds.'
    if isinstance(timeout, str):
        try:
            milliseconds = parse_duration(timeout)
        except InvalidInput as error:
            refuse(f"timeout: {error.message}.", hint)
    elif isinstance(timeout, timedelta):
        milliseconds = round(timeout.total_seconds() * 1_000)
    elif isinstance(timeout, int | float) and not isinstance(timeout, bool) and abs(timeout) < MAX_DURATION_MS:
        milliseconds = round(timeout * 1_000)
    else:
        refuse(f"timeout {timeout!r} is not a time.", hint)
    if not 0 < milliseconds <= MAX_DURATION_MS:
        refuse(f"timeout {timeout!r} must be over zero and at most 365 days.", hint)
    return milliseconds


def _retry(retries: Any, refuse: _Refuse) -> RetryPolicy:
    if isinstance(retries, RetryPolicy):
        if retries.attempts < 1 or retries.delay_ms < 0 or retries.backoff < 1 or retries.max_delay_ms < 0:
            refuse(f"{retries} makes no sense.", "attempts and backoff start at 1, delays at 0 milliseconds.")
        return retries
    if type(retries) is not int or not 0 <= retries <= 100:
        refuse(f"retries={retries!r} is not a number of further tries, 0 to 100.", "Write retries=3 or a RetryPolicy.")
    return RetryPolicy(attempts=retries + 1)


def _tags(tags: Any, refuse: _Refuse) -> tuple[str, ...]:
    if isinstance(tags, str):
        refuse(f"tags={tags!r} is one text.", f"Write tags=[{tags!r}].")
    found = tuple(tags)
    if not all(isinstance(tag, str) and tag for tag in found):
        refuse(f"tags={found!r} are not all texts.", 'Write tags=["reports", "google"].')
    return found
