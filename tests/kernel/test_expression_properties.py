"""What holds of every expression, whatever its text and its data."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.limits import MAX_FUEL, Meter
from tropeiro.kernel.values import equal


def rendered(source: Any, names: dict[str, Any]) -> Any:
    return compile_template(source).render(names)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
WORDS = [
    "inputs",
    "steps",
    "item",
    "index",
    "vars",
    "job",
    ".",
    ".a",
    "['a']",
    "[0]",
    "[-1]",
    "|",
    "default",
    "map",
    "join",
    "sum",
    "sort",
    "select",
    "first",
    "split",
    "length",
    "tojson",
    "fromjson",
    "round",
    "int",
    "replace",
    "slice",
    "unique",
    "keys",
    "merge",
    "date",
    "(",
    ")",
    ",",
    "[",
    "]",
    "{",
    "}",
    ":",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "~",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not",
    "and",
    "or",
    "if",
    "else",
    "1",
    "0",
    "1.5",
    "'a'",
    "''",
    "'a.b'",
    "true",
    "null",
    "attribute=",
    "{{",
    "}}",
    "{%",
    "a",
    "b",
]
expressions_of_words = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
expressions = st.text(max_size=40) | expressions_of_words


@settings(max_examples=400, deadline=None)
@given(source=expressions, data=json_values)
def test_nothing_but_an_expression_error_ever_comes_out(source: str, data: Any) -> None:
    names = {"inputs": data, "steps": {"a": {"output": data, "error": None, "state": "succeeded"}}, "item": data}
    for text in (source, f"{{{{ {source} }}}}", f"x {{{{ {source} }}}} y"):
        keys = {"/k"}
        try:
            compile_template({"k": text}).render(names)
        except ExpressionError as error:
            keys.add(error.key)
        assert keys <= {"/k", ""}


@given(data=json_values)
def test_whole_expressions_give_exactly_the_data(data: Any) -> None:
    names = {"inputs": {"x": data}, "item": data}
    assert rendered("{{ inputs.x }}", names) is data
    assert rendered({"a": ["{{ item }}"]}, names) == {"a": [data]}


@given(value=json_values)
def test_constant_templates_give_equal_values(value: Any) -> None:
    try:
        template = compile_template(value)
    except ExpressionError:
        return
    if template.constant:
        assert template.render({}) is value


@given(left=json_values, right=json_values)
def test_equality_is_reflexive_and_symmetric(left: Any, right: Any) -> None:
    meter = Meter(MAX_FUEL)
    assert equal(left, left, meter)
    assert equal(left, right, meter) is equal(right, left, meter)


@given(a=st.integers(-(2**63), 2**63), b=st.integers(-(2**63), 2**63))
def test_arithmetic_on_whole_numbers_is_pythons(a: int, b: int) -> None:
    names = {"inputs": {"a": a, "b": b}}
    assert rendered("{{ [inputs.a + inputs.b, inputs.a - inputs.b, inputs.a * inputs.b] }}", names) == [
        a + b,
        a - b,
        a * b,
    ]
    if b:
        assert rendered("{{ [inputs.a // inputs.b, inputs.a % inputs.b] }}", names) == [a // b, a % b]
