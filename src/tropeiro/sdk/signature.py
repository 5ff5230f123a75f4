"""What a function's annotations say: its inputs, its output, and their JSON Schemas."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from types import FunctionType
from typing import Annotated, Any, NamedTuple, NoReturn, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import SchemaError

from tropeiro.kernel.schema import problems
from tropeiro.sdk.context import Context
from tropeiro.sdk.definition import Parameters

_CONTEXT = "context"
_NO_SCHEMA = (PydanticUserError, SchemaError, TypeError, ValueError)
"""What pydantic raises for an annotation that it cannot use."""
_PLAIN = "Annotate with plain types, lists, dicts, dataclasses or pydantic models."


class Refuse(Protocol):
    """Ends a declaration with what is wrong and what to do."""

    def __call__(self, message: str, hint: str = "") -> NoReturn: ...


class Signature(NamedTuple):
    """A function's inputs and output."""

    parameters: Parameters
    returns: TypeAdapter[Any]
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]


class _Schema(GenerateJsonSchema):
    """Leaves out the titles that would only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def read_signature(function: FunctionType, names: dict[str, Any], refuse: Refuse) -> Signature:
    """Read the annotations of ``function``; ``names`` are those visible where it is defined, besides its globals."""
    signature = inspect.signature(function)
    hints = _hints(function, names, refuse)
    parameters = list(signature.parameters.values())
    context = _takes_context(parameters, hints, refuse)
    inputs = parameters[1:] if context else parameters
    for parameter in inputs:
        _check(parameter, hints, refuse)
    if "return" not in hints:
        refuse("its result has no annotation.", "Write `-> None` when it returns nothing, `-> Any` for any JSON.")
    read = _whole_model(inputs, hints, context) or _fields(function, inputs, hints, context, refuse)
    try:
        returns: TypeAdapter[Any] = TypeAdapter(hints["return"])
        output_schema = returns.json_schema(mode="serialization", schema_generator=_Schema)
    except _NO_SCHEMA as error:
        refuse(f"its result, `{_shown(hints['return'])}`, has no JSON form: {_reason(error)}", _PLAIN)
    input_schema = _input_schema(read, inputs, hints, refuse)
    for what, schema in (("inputs", input_schema), ("result", output_schema)):
        for problem in problems(schema):
            refuse(f"the JSON Schema of its {what} cannot be used, at `{problem.pointer or '/'}`: {problem.message}")
    return Signature(read, returns, input_schema, output_schema)


def _hints(function: FunctionType, names: dict[str, Any], refuse: Refuse) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, localns=names, include_extras=True)
    except NameError as error:
        refuse(
            f"an annotation names `{error.name}`, which is not defined when the module is imported.",
            "Import it for real, not below `if TYPE_CHECKING:`, and before the function.",
        )
    except (TypeError, SyntaxError, AttributeError) as error:
        refuse(f"its annotations cannot be read: {error}.", "Correct the annotation.")


def _takes_context(parameters: list[inspect.Parameter], hints: dict[str, Any], refuse: Refuse) -> bool:
    for place, parameter in enumerate(parameters):
        hint = hints.get(parameter.name)
        if hint is Context and place > 0:
            refuse(f"the context `{parameter.name}` is not its first parameter.", "Move it to the front.")
        if parameter.name == _CONTEXT and hint is not None and hint is not Context:
            refuse(
                f"`{_CONTEXT}` is the name of the call's context, and is annotated as `{_shown(hint)}`.",
                "Annotate it with tropeiro.sdk.Context, or give the input another name.",
            )
        if parameter.name == _CONTEXT and place > 0:
            refuse(f"`{_CONTEXT}` is not its first parameter.", "Move it to the front, or give the input another name.")
    if not parameters:
        return False
    first = parameters[0]
    taken = hints.get(first.name) is Context or first.name == _CONTEXT
    if taken and first.kind not in (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD):
        refuse(f"the context `{first.name}` must be its first positional parameter.", "Write `def f(context, *, …)`.")
    return taken


def _check(parameter: inspect.Parameter, hints: dict[str, Any], refuse: Refuse) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
        refuse(
            f"`{stars}{parameter.name}` leaves open what the service takes.",
            "Name every input; for free data take one, for example `data: dict[str, Any]`.",
        )
    if parameter.kind is parameter.POSITIONAL_ONLY:
        refuse(f"`{parameter.name}` is positional only.", "Inputs are given by name: remove the `/`.")
    if parameter.name not in hints:
        refuse(
            f"the parameter `{parameter.name}` has no annotation.",
            f"Say what it takes, for example `{parameter.name}: str`; `Any` takes any JSON.",
        )


def _whole_model(inputs: list[inspect.Parameter], hints: dict[str, Any], context: bool) -> Parameters | None:
    if len(inputs) != 1 or inputs[0].default is not inspect.Parameter.empty:
        return None
    hint = hints[inputs[0].name]
    if not (isinstance(hint, type) and issubclass(hint, BaseModel)):
        return None
    return Parameters(model=hint, fields=None, parameter=inputs[0].name, context=context)


def _fields(
    function: FunctionType, inputs: list[inspect.Parameter], hints: dict[str, Any], context: bool, refuse: Refuse
) -> Parameters:
    # Fields are numbered and parameters are their aliases, because a model's field may not be called `json` or `copy`.
    fields: dict[str, str] = {}
    declared: dict[str, Any] = {}
    for place, parameter in enumerate(inputs):
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = f"p{place}"
        declared[f"p{place}"] = (Annotated[hints[parameter.name], Field(alias=parameter.name)], default)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    try:
        model = create_model("Inputs", __config__=config, __module__=function.__module__, **declared)
    except _NO_SCHEMA as error:
        _blame(inputs, hints, error, refuse)
    return Parameters(model=model, fields=fields, parameter="", context=context)


def _input_schema(
    read: Parameters, inputs: list[inspect.Parameter], hints: dict[str, Any], refuse: Refuse
) -> dict[str, Any]:
    try:
        schema: dict[str, Any] = read.model.model_json_schema(schema_generator=_Schema)
    except _NO_SCHEMA as error:
        _blame(inputs, hints, error, refuse)
    if read.fields is not None:
        schema.pop("title", None)
    if read.model.model_config.get("extra") != "allow":
        if "$ref" in schema:
            schema["unevaluatedProperties"] = False
        elif schema.get("type") == "object":
            schema["additionalProperties"] = False
    return schema


def _blame(inputs: list[inspect.Parameter], hints: dict[str, Any], error: Exception, refuse: Refuse) -> NoReturn:
    for parameter in inputs:
        hint = hints[parameter.name]
        try:
            TypeAdapter(hint).json_schema()
        except _NO_SCHEMA as own:
            refuse(f"the parameter `{parameter.name}: {_shown(hint)}` has no JSON form: {_reason(own)}", _PLAIN)
    refuse(f"its inputs have no JSON form: {_reason(error)}", _PLAIN)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") + "."


def _shown(hint: Any) -> str:
    name: Callable[[Any], str] = inspect.formatannotation
    return name(hint)
