"""What @service makes of a function, and which functions it refuses."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from tropeiro.kernel.errors import InvalidInput
from tropeiro.sdk import Context, DeclarationError, RetryPolicy, definition_of, service
from tropeiro.sdk.testing import call


class Query(BaseModel):
    property: str
    days: Annotated[int, Field(ge=1)] = 28


class Tree(BaseModel):
    name: str
    kids: list[Tree] = []


class Open(BaseModel):
    model_config = {"extra": "allow"}
    name: str


def test_a_bare_decorator_takes_everything_from_the_function() -> None:
    @service
    async def fetch_page(context: Context, offset: int, limit: int = 1000) -> list[str]:
        """Fetch one page.

        Of many.
        """
        return []

    definition = definition_of(fetch_page)
    assert (definition.name, definition.version, definition.title) == ("fetch_page", 1, "Fetch page")
    assert definition.description == "Fetch one page.\n\nOf many."
    assert definition.input_schema == {
        "type": "object",
        "required": ["offset"],
        "properties": {"offset": {"type": "integer"}, "limit": {"type": "integer", "default": 1000}},
        "additionalProperties": False,
    }
    assert definition.output_schema == {"type": "array", "items": {"type": "string"}}
    assert (definition.timeout_ms, definition.retry) == (300_000, RetryPolicy())
    assert (definition.idempotent, definition.pure, definition.public, definition.blocking) == (
        True,
        False,
        False,
        False,
    )


def test_every_argument_of_the_decorator_is_kept() -> None:
    policy = RetryPolicy(attempts=5, delay_ms=10)

    @service(
        name="page",
        version=3,
        title="A page",
        description="Of rows",
        timeout="1m30s",
        retries=policy,
        idempotent=True,
        pure=True,
        public=True,
        credential="google",
        tags=["a", "b"],
    )
    def fetch_page() -> None: ...

    definition = definition_of(fetch_page)
    assert (definition.name, definition.version, definition.title) == ("page", 3, "A page")
    assert (definition.description, definition.timeout_ms, definition.retry) == ("Of rows", 90_000, policy)
    assert (definition.pure, definition.public, definition.blocking) == (True, True, True)
    assert (definition.credential, definition.tags) == ("google", ("a", "b"))
    assert definition.output_schema == {"type": "null"}


@pytest.mark.parametrize(
    ("timeout", "milliseconds"), [("250ms", 250), (2, 2_000), (0.5, 500), (timedelta(hours=1), 3_600_000)]
)
def test_a_timeout_is_a_duration_seconds_or_a_timedelta(timeout: Any, milliseconds: int) -> None:
    @service(timeout=timeout)
    def f() -> None: ...

    assert definition_of(f).timeout_ms == milliseconds


def test_retries_are_further_tries() -> None:
    @service(retries=3)
    def f() -> None: ...

    assert definition_of(f).retry.attempts == 4


async def test_the_function_can_still_be_called_directly() -> None:
    @service
    async def double(n: int) -> int:
        return n * 2

    @service(timeout="1s")
    def triple(n: int) -> int:
        return n * 3

    assert await double(4) == 8
    assert triple(4) == 12


def test_a_single_model_is_the_inputs_as_a_whole() -> None:
    @service
    def report(query: Query) -> dict[str, Any]:
        return {"days": query.days}

    schema = definition_of(report).input_schema
    assert schema["required"] == ["property"]
    assert schema["additionalProperties"] is False
    assert call(report, {"property": "p", "days": 3}).output == {"days": 3}


def test_a_model_among_other_parameters_is_one_input() -> None:
    @service
    def report(query: Query, page: int) -> str:
        return f"{query.property} {page}"

    assert call(report, {"query": {"property": "p"}, "page": 2}).output == "p 2"


def test_a_model_that_refers_to_itself_forbids_unknown_inputs_too() -> None:
    @service
    def count(tree: Tree) -> int:
        return 1 + sum(count(kid) for kid in tree.kids)

    assert call(count, {"name": "a", "kids": [{"name": "b"}]}).output == 2
    with pytest.raises(InvalidInput):
        call(count, {"name": "a", "more": 1})


def test_a_model_may_choose_to_take_more() -> None:
    @service
    def names(data: Open) -> list[str]:
        return sorted(data.model_dump())

    assert call(names, {"name": "a", "more": 1}).output == ["more", "name"]


def test_inputs_may_have_the_names_of_a_models_methods() -> None:
    @service
    def f(json: int, copy: list[int] = [], schema: str = "s") -> list[Any]:  # noqa: B006 -- that is the test
        copy.append(1)
        return [json, copy, schema]

    assert call(f, {"json": 1}).output == [1, [1], "s"]
    assert call(f, {"json": 1}).output == [1, [1], "s"]


def test_limits_and_descriptions_reach_the_schema() -> None:
    @service
    def f(
        n: Annotated[int, Field(ge=1, le=9, description="How many")], m: int = Field(default=2, description="More")
    ) -> int:
        return n + m

    assert definition_of(f).input_schema["properties"] == {
        "n": {"type": "integer", "minimum": 1, "maximum": 9, "description": "How many"},
        "m": {"type": "integer", "default": 2, "description": "More"},
    }
    assert call(f, {"n": 1}).output == 3


def test_a_parameter_named_context_needs_no_annotation_and_another_name_does_with_one() -> None:
    @service
    def f(context, n: int) -> str:  # type: ignore[no-untyped-def]
        return str(context.path)

    @service
    def g(ctx: Context, *, n: int) -> str:
        return ctx.path

    assert call(f, {"n": 1}).output == "f"
    assert call(g, {"n": 1}).output == "g"


def plain(source: str) -> Callable[[], Any]:
    """A declaration in source text, as a module would hold it."""

    def declare() -> Any:
        names = {"service": service, "Context": Context, "socket": socket, "Callable": Callable, "Any": Any}
        exec(compile(source, "services.py", "exec"), names)

    return declare


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@service\ndef f(a) -> int: ...", "the parameter `a` has no annotation. Say what it takes"),
        ("@service\ndef f(*a: int) -> int: ...", "`*a` leaves open what the service takes. Name every input"),
        ("@service\ndef f(**a: int) -> int: ...", "`**a` leaves open"),
        ("@service\ndef f(a: int, /) -> int: ...", "`a` is positional only. Inputs are given by name"),
        ("@service\ndef f(a: int): ...", "its result has no annotation. Write `-> None`"),
        ("@service\ndef f(a: 'Nowhere') -> int: ...", "names `Nowhere`, which is not defined"),
        ("@service\ndef f(a: int, b: socket.socket) -> int: ...", "`b: socket.socket` has no JSON form"),
        ("@service\ndef f(a: Callable[[], int]) -> int: ...", "has no JSON form"),
        ("@service\ndef f() -> socket.socket: ...", "its result, `socket.socket`, has no JSON form"),
        ("@service\ndef Fetch() -> int: ...", "`Fetch` cannot be a service's name. Start with a small letter"),
        ("@service(name='a b')\ndef f() -> int: ...", "`a b` cannot be a service's name"),
        ("@service(version=0)\ndef f() -> int: ...", "version 0 is not a whole number from 1"),
        ("@service(timeout='soon')\ndef f() -> int: ...", "timeout: `soon` is not a duration"),
        ("@service(timeout=0)\ndef f() -> int: ...", "must be over zero"),
        ("@service(timeout=float('nan'))\ndef f() -> int: ...", "is not a time"),
        ("@service(retries=-1)\ndef f() -> int: ...", "retries=-1 is not a number of further tries"),
        ("@service(pure=True, idempotent=False)\ndef f() -> int: ...", "contradict each other"),
        ("@service(tags='a')\ndef f() -> int: ...", "Write tags=['a']"),
        ("@service\ndef f(a: int, context: Context) -> int: ...", "the context `context` is not its first parameter"),
        ("@service\ndef f(a: int, ctx: Context) -> int: ...", "the context `ctx` is not its first parameter"),
        ("@service\ndef f(context: int) -> int: ...", "annotated as `int`"),
        ("@service\ndef f(*, context: Context) -> int: ...", "must be its first positional parameter"),
        ("@service\ndef f() -> int: yield 1", "it yields"),
        ("@service\nasync def f() -> int: yield 1", "it yields"),
        ("@service\nclass F: ...", "only a function can be a service"),
    ],
)
def test_what_cannot_be_a_service_is_refused_where_it_stands(source: str, expected: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        plain(source)()
    assert expected in caught.value.message
    if "class" not in source:
        assert caught.value.message.startswith("services.py:1: service function `")


def test_a_function_that_is_no_service_is_told_how_to_become_one() -> None:
    def f() -> None: ...

    with pytest.raises(InvalidInput) as caught:
        definition_of(f)
    assert "is not a service" in caught.value.message
    assert caught.value.hint == "Decorate the function with @service."


def test_an_async_generator_is_refused() -> None:
    with pytest.raises(DeclarationError, match="return a list instead"):

        @service
        async def rows() -> AsyncIterator[int]:
            yield 1
