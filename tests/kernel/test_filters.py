from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.filters import FILTERS
from tropeiro.kernel.limits import MAX_TEXT

ROWS = [
    {"id": 1, "status": "ok", "v": 3, "a": {"b": [10]}},
    {"id": 2, "status": "bad", "v": 1, "a": {"b": [20]}},
    {"id": 3, "status": "ok", "v": None, "a": {"b": [30]}},
    {"id": 4, "v": 2.5, "a": {"b": []}},
]


def render(source: str, **inputs: Any) -> Any:
    return compile_template(f"{{{{ {source} }}}}").render({"inputs": {"rows": ROWS, **inputs}})


def failed(source: str, **inputs: Any) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        render(source, **inputs)
    return caught.value


def test_the_promised_filters_exist() -> None:
    promised = (
        "default length first last join split map select reject sort unique sum min max round int float string lower "
        "upper trim replace keys values items merge slice tojson fromjson date date_add date_format base64_encode "
        "base64_decode hash"
    )
    assert set(promised.split()) <= set(FILTERS)


@pytest.mark.parametrize(
    ("name", "source", "result"),
    [(found.name, example.source, example.result) for found in FILTERS.values() for example in found.examples],
)
def test_every_example_of_the_reference_gives_its_result(name: str, source: str, result: Any) -> None:
    given_back = render(source)
    assert given_back == result
    assert type(given_back) is type(result)
    assert name in source


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_has_a_summary_and_an_example(name: str) -> None:
    assert FILTERS[name].summary.endswith(".")
    assert FILTERS[name].examples


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("inputs.rows | map('id')", [1, 2, 3, 4]),
        ("inputs.rows | map(attribute='a.b.0', default=0)", [10, 20, 30, 0]),
        ("[[1, 2], [3]] | map('0')", [1, 3]),
        ("[null, {'x': 1}] | map('x')", [None, 1]),
        ("inputs.rows | select('status', '==', 'ok') | map('id')", [1, 3]),
        ("inputs.rows | select('status', '!=', 'ok') | map('id')", [2, 4]),
        ("inputs.rows | reject('status', '==', 'ok') | map('id')", [2, 4]),
        ("inputs.rows | select('v', '>=', 2) | map('id')", [1, 4]),
        ("inputs.rows | reject('v', '>=', 2) | map('id')", [2, 3]),
        ("inputs.rows | select('v', '==', null) | map('id')", [3]),
        ("inputs.rows | select('status', '==', null) | map('id')", [4]),
        ("inputs.rows | select('id', 'in', [2, 4]) | map('id')", [2, 4]),
        ("inputs.rows | select('id', 'not in', [2, 4]) | map('id')", [1, 3]),
        ("inputs.rows | select('status') | map('id')", [1, 2, 3]),
        ("['apple', 'fig'] | select('', '<', 'b')", ["apple"]),
        ("inputs.rows | sort('v') | map('id')", [2, 4, 1, 3]),
        ("inputs.rows | sort('v', reverse=true) | map('id')", [1, 4, 2, 3]),
        ("['b', 'B', 'a'] | sort", ["B", "a", "b"]),
        ("[] | sort", []),
        (
            "[1, true, 1.0, '1', null, null, [1], [1.0], {'a': 1}, {'a': 1}] | unique",
            [1, True, "1", None, [1], {"a": 1}],
        ),
        ("inputs.rows | unique('status') | map('id')", [1, 2, 4]),
        ("inputs.rows | sum('v')", 6.5),
        ("[9007199254740993, 1] | sum", 9007199254740994),
        ("inputs.rows | min('v') | kind", "object"),
        ("(inputs.rows | max('v')).id", 1),
        ("['b', 'a'] | min", "a"),
        ("[1, 2, 3] | slice(-2)", [2, 3]),
        ("[1, 2, 3] | slice(0, -1)", [1, 2]),
        ("[1, 2, 3] | slice(5)", []),
        ("[1, 2, 3] | slice(2, 1)", []),
        ("'a,b' | split(',') | join(';')", "a;b"),
        ("'' | split(',')", [""]),
        ("'' | split", []),
        ("['a', null, 1.5, {'b': 1}] | join(' ')", 'a null 1.5 {"b":1}'),
        ("{'a': 1} | merge({'a': {'b': 2}})", {"a": {"b": 2}}),
        ("'42' | int + 1", 43),
        ("' -7 ' | int", -7),
        ("2.675 | round(2)", 2.68),
        ("0.5 | round", 1),
        ("-0.5 | round", -1),
        ("1e20 | round", 10**20),
        ("7 | round(2)", 7),
        ("'-1e3' | float", -1000.0),
        ("true | string", "true"),
        ("1e21 | string", "1e21"),
        ("'x' | tojson | fromjson", "x"),
        ("'é' | base64_encode | base64_decode", "é"),
        ("'-_-_' | base64_encode | replace('=', '') | base64_decode", "-_-_"),
    ],
)
def test_filters_do_what_they_say(source: str, expected: Any) -> None:
    result = render(source)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'2024-01-31' | date_add(months=1)", "2024-02-29"),
        ("'2023-01-31' | date_add(months=1)", "2023-02-28"),
        ("'2024-02-29' | date_add(years=1)", "2025-02-28"),
        ("'2024-01-01' | date_add(months=-1)", "2023-12-01"),
        ("'2024-01-31' | date_add(days=1, months=1)", "2024-03-01"),
        ("'2024-03-01T00:00:00-03:00' | date_add(seconds=-1)", "2024-02-29T23:59:59-03:00"),
        ("'2024-03-01T10:00' | date_add(minutes=90)", "2024-03-01T11:30:00"),
        ("'2024-03-01T00:00:00.5Z' | date_add(hours=1)", "2024-03-01T01:00:00.500000Z"),
        ("'2024-03-01' | date_diff('2024-02-01', 'weeks')", 29 / 7),
        ("'2024-02-01' | date_diff('2024-03-01')", -29),
        ("'2024-03-01T00:00:00Z' | date_diff('2024-03-01T00:00:00-03:00', 'hours')", -3),
        ("'2024-12-30' | date_format('%G-W%V-%u %j %y %%')", "2025-W01-1 365 24 %"),
        ("'2024-03-01T00:05:06-03:00' | date_format('%I:%M:%S %p %z')", "12:05:06 AM -03:00"),
        ("'2024-03-01T22:00:00-03:00' | date", "2024-03-01"),
        ("'2024-03-01T22:00:00-03:00' | date_utc | date", "2024-03-02"),
        ("'1969-12-31T23:59:59Z' | timestamp", -1),
    ],
)
def test_dates_follow_the_calendar(source: str, expected: Any) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 | upper", "What 'upper' is given must be text, not integer"),
        ("true | round", "must be number, not boolean"),
        ("'a' | first", "must be list, not text"),
        ("[1] | keys", "must be object, not list"),
        ("[] | first", "The list is empty"),
        ("[] | min", "nothing to compare"),
        ("[1, 'a'] | sort", "here are: integer, text"),
        ("[true] | sort", "here are: boolean"),
        ("[1, true] | sum", "Only numbers can be added, not boolean"),
        ("inputs.rows | map('status')", "There is no 'status' here"),
        ("inputs.rows | map('')  | map('a..b')", "is not a path"),
        ("inputs.rows | select('id', '=', 1)", "'=' is not a comparison"),
        ("inputs.rows | select('status', '<', 1)", "Cannot order text and integer"),
        ("[1] | join(1)", "must be text, not integer"),
        ("'a' | split('')", "separator that is not empty"),
        ("'a' | replace('', 'b')", "needs a text to look for"),
        ("'4.2' | int", "'4.2' is not an integer"),
        ("'1_000' | int", "is not an integer"),
        ("'٣' | int", "is not an integer"),
        ("'1,5' | float", "is not a number"),
        ("'inf' | float", "is not a number"),
        ("1.5 | round(16)", "0 to 15 digits"),
        ("'{' | fromjson", "The text is not JSON"),
        ("'" + "9" * 50 + "' | fromjson", "128 bits"),
        ("'a' | base64_decode", "is not base64"),
        ("'/w==' | base64_decode", "not UTF-8"),
        ("'2024-02-30' | date", "does not exist in the calendar"),
        ("'29/02/2024' | date", "is not a date"),
        ("'20240229' | date", "is not a date"),
        ("'2024-02-29' | date_add(hours=1)", "needs a moment"),
        ("'2024-02-29' | date_add(days=1.5)", "must be integer, not number"),
        ("'9999-12-31' | date_add(days=1)", "outside the years"),
        ("'2024-02-29' | date_diff('2024-02-29T00:00:00Z')", "A date and a moment"),
        ("'2024-02-29T00:00' | date_diff('2024-02-29T00:00:00Z')", "one without cannot be compared"),
        ("'2024-02-29' | date_diff('2024-02-29', 'months')", "is not a unit"),
        ("'2024-02-29' | date_format('%B')", "'%B' is not known"),
        ("'2024-02-29' | date_format('%H')", "needs a moment"),
        ("'2024-02-29T00:00:00' | timestamp", "no offset"),
        ("[1] | flatten", "needs a list of lists"),
    ],
)
def test_filters_refuse_what_they_cannot_do(source: str, message: str) -> None:
    error = failed(source)
    assert message in error.message
    assert error.column > 0


def test_a_filter_stops_at_the_fuel_and_the_length_it_is_allowed() -> None:
    assert len(render("inputs.list | map('')", list=[1] * 90_000)) == 90_000
    assert "too many elements" in failed("inputs.list | map('')", list=[1] * 110_000).message
    assert len(render("inputs.text | lower", text="A" * MAX_TEXT)) == MAX_TEXT
    assert "over the limit" in failed("inputs.text | lower", text="A" * (MAX_TEXT + 1)).message
    assert "over the limit" in failed("inputs.text ~ 'b'", text="A" * MAX_TEXT).message


def test_a_list_of_ten_thousand_is_ordinary() -> None:
    pages = [{"rows": [n]} for n in range(10_000)]
    assert render("inputs.pages | map('rows') | flatten | sum", pages=pages) == sum(range(10_000))


numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)


@given(st.lists(numbers, max_size=30))
def test_sorting_filters_agree_with_python(values: list[float]) -> None:
    assert render("inputs.values | sort", values=values) == sorted(values)
    assert render("inputs.values | sort(reverse=true)", values=values) == sorted(values, reverse=True)
    if values:
        assert render("[inputs.values | min, inputs.values | max]", values=values) == [min(values), max(values)]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**127), 2**127 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_json_text_leads_back_to_the_value(value: Any) -> None:
    assert render("inputs.value | tojson | fromjson", value=value) == value


@given(st.lists(st.text(alphabet="abc", max_size=3), max_size=20))
def test_unique_keeps_the_first_of_each(values: list[str]) -> None:
    assert render("inputs.values | unique", values=values) == list(dict.fromkeys(values))


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=10))
def test_split_undoes_join(values: list[str]) -> None:
    assert render("inputs.values | join(',') | split(',')", values=values) == values
