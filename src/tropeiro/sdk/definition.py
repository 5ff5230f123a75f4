"""A service as its developer declared it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.problems import escape
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.sdk.context import Context
from tropeiro.sdk.errors import OutputInvalid

ATTRIBUTE = "__tropeiro_service__"
"""Attribute of a decorated function that holds its `ServiceDefinition`."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How JSON inputs become the arguments of the function."""

    model: type[BaseModel]
    """What validates the inputs: the function's own model, or one made from its parameters."""
    fields: Mapping[str, str] | None
    """Field of ``model`` by parameter; ``None`` when the function takes the model itself."""
    parameter: str
    """The parameter that takes the model; ``""`` when there are fields."""
    context: bool
    """Whether the first parameter is the context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition:
    """What `service` made of a function. Times in milliseconds; schemas are JSON Schema 2020-12."""

    name: str
    version: int
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    timeout_ms: int
    retry: RetryPolicy
    idempotent: bool
    """Whether calling it twice with the same idempotency key does no more than calling it once."""
    pure: bool
    """Whether its output depends on its inputs alone."""
    public: bool
    blocking: bool
    """True for a plain function: it runs in a process of its own."""
    credential: str | None
    """Type of the credential that it needs, for its documentation."""
    tags: tuple[str, ...]
    function: Callable[..., Any]
    where: str
    """``file:line`` of the function."""
    parameters: Parameters = field(repr=False)
    returns: TypeAdapter[Any] = field(repr=False)

    def arguments(self, inputs: Any, context: Context) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments for a call of ``function``. Raises `InvalidInput` with a pointer."""
        try:
            model = self.parameters.model.model_validate(inputs)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            pointer = "".join(f"/{escape(str(part))}" for part in first["loc"])
            raise InvalidInput(
                f"The inputs of `{self.name}` are refused at `{pointer or '/'}`: {first['msg']}",
                details={"pointer": pointer},
            ) from error
        first_argument = (context,) if self.parameters.context else ()
        if self.parameters.fields is None:
            return first_argument, {self.parameters.parameter: model}
        return first_argument, {name: getattr(model, key) for name, key in self.parameters.fields.items()}

    def output(self, value: Any) -> bytes:
        """What the function returned, as JSON text. NaN and infinity become null. Raises `OutputInvalid`."""
        try:
            return self.returns.dump_json(value, by_alias=True, warnings=False)
        except (PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
            raise OutputInvalid(
                f"`{self.name}` returned {_article(value)}, which cannot be written as JSON: {error}",
                hint="Return plain values, lists, dicts, dataclasses or pydantic models.",
            ) from error


def definition_of(function: Callable[..., Any]) -> ServiceDefinition:
    """The definition behind a decorated function. Raises `InvalidInput` when it is not a service."""
    definition = getattr(function, ATTRIBUTE, None)
    if not isinstance(definition, ServiceDefinition):
        name = getattr(function, "__qualname__", repr(function))
        raise InvalidInput(f"`{name}` is not a service", hint="Decorate the function with @service.")
    return definition


def _article(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
